import { z } from 'zod'

/** What somebody who waits can hope for. */
export const outlookSchema = z.enum(['likely', 'unsure', 'unlikely'])

export type Outlook = z.infer<typeof outlookSchema>

/** The seats of a schedule at one moment. */
export interface SeatCount {
  /** Neither sold nor held. */
  readonly free: number
  /** In somebody's hold: sold soon, or free again. */
  readonly held: number
  /** People let in who hold nothing yet: they choose before anybody who waits. */
  readonly choosing: number
  /** What one buyer takes on average. */
  readonly seatsPerPerson: number
}

/** So much more than expected may be taken before a seat stops being likely. */
const cautionFactor = 1.25
/** Not everybody buys: if even this share of the expected demand takes all, a seat is unlikely. */
const leastDemandShare = 0.6

/**
 * Judges the chance of a person with `ahead` people before, from people times seats against seats:
 * - `likely`: a quarter more than everybody before would take, and still seats for one person more, are free;
 * - `unlikely`: nothing is free, or 60 % of what everybody before would take is all there is, held seats included;
 * - `unsure`: in between.
 * More people ahead or fewer free seats never make it better.
 */
export function judgeOutlook(ahead: number, { free, held, choosing, seatsPerPerson }: SeatCount): Outlook {
  const demand = (ahead + choosing) * seatsPerPerson
  if (free <= 0 || demand * leastDemandShare >= free + held) return 'unlikely'
  return demand * cautionFactor + seatsPerPerson <= free ? 'likely' : 'unsure'
}
