import { z } from 'zod'

/** So many holds one call takes at most: meanwhile Redis answers nobody else, and who asked waits for all of them. */
export const holdsPerCallMax = 16

/** A hold that has been checked, as the scripts read it (parts/see-seats.lua). */
export interface WrittenHold {
  readonly scheduleId: string
  readonly text: string
}

const schema = z.object({
  scheduleId: z.uuid(),
  reservationId: z.uuid(),
  ms: z.int().positive(),
  seatIds: z.array(z.uuid()).readonly(),
})

/** Throws for a hold that is not to be sent, so that of those gathered for one call none harms the others. */
export function writeHold(
  hold: z.input<typeof schema>,
  seats: { readonly min: number; readonly max: number },
): WrittenHold {
  const { scheduleId, reservationId, ms, seatIds } = schema.parse(hold)
  if (seatIds.length < seats.min || seatIds.length > seats.max) throw new Error(`${seatIds.length} seats are no hold`)
  return { scheduleId, text: [reservationId, ms, ...seatIds].join(' ') }
}

/** The texts of holds that go together. Throws where one call cannot take them: too many, or of several schedules. */
export function textsOf(scheduleId: string, holds: readonly WrittenHold[]): string[] {
  if (holds.length > holdsPerCallMax) throw new Error(`${holds.length} holds are too many for one call`)
  const stranger = holds.find((hold) => hold.scheduleId !== scheduleId)
  if (stranger) throw new Error(`a hold of ${stranger.scheduleId} is in a call about ${scheduleId}`)
  return holds.map(({ text }) => text)
}

/** The one answer to a call for one hold. */
export function onlyAnswer<Answer>(answers: readonly Answer[]): Answer {
  const [answer] = answers
  if (answer === undefined) throw new Error('a hold was not answered')
  return answer
}
