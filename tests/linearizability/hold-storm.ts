import { setTimeout as pause } from 'node:timers/promises'
import { type Answer, isUnknown, type People, type Person } from '../faults/people.ts'
import { type Hold, pay, type RoadDeps } from '../load/crowd/buyer.ts'
import type { SeatRecorder } from './seat-histories.ts'

export interface StormOptions {
  readonly buyers: number
  readonly atOnce: number
  /** What everybody wants. */
  readonly seatIds: readonly string[]
  readonly holdMs: number
  /** Of those who hold seats: how many pay, give back or exchange; the others walk away. */
  readonly shares: { readonly change: number; readonly release: number; readonly pay: number }
  /** Called when so many buyers have gone, with the share of those who have. */
  readonly onProgress?: (share: number) => void
}

export interface StormDeps {
  readonly people: People
  readonly record: SeatRecorder
  readonly road: RoadDeps
}

const attemptsMax = 6
const repeatPauseMs = 300
const otherSeatsPauseMs = 400

/** Sends buyers after the same few seats, with a good many at once; each call of theirs is recorded. Gives how they ended. */
export async function holdStorm(deps: StormDeps, options: StormOptions): Promise<Record<string, number>> {
  const endings: Record<string, number> = {}
  let [sent, gone] = [0, 0]
  const lane = async () => {
    while (sent < options.buyers) {
      sent += 1
      const ending = await walk(deps, options)
      endings[ending] = (endings[ending] ?? 0) + 1
      gone += 1
      options.onProgress?.(gone / options.buyers)
    }
  }
  await Promise.all(Array.from({ length: options.atOnce }, lane))
  return endings
}

async function walk(deps: StormDeps, options: StormOptions): Promise<string> {
  const person = await deps.people.admitted()
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const seatIds = pickSome(options.seatIds)
    const answer = await holdKnown(deps, options, person, seatIds)
    if (answer === null) return 'never learned whether they hold'
    if (answer.status === 201) return goOn(deps, options, person, { hold: answer.body as unknown as Hold, seatIds })
    if (answer.code !== 'SEAT_TAKEN') return `refused: ${answer.code}`
    await pause(Math.random() * otherSeatsPauseMs)
  }
  return 'found no seats'
}

/** Asks until there is an answer, but not longer than a hold lasts that may have been made: later it could be a second one. */
async function holdKnown(
  { people, record }: StormDeps,
  { holdMs }: StormOptions,
  person: Person,
  seatIds: readonly string[],
): Promise<Answer | null> {
  let deadlineMs = Infinity
  while (performance.now() < deadlineMs) {
    const invokedAtMs = performance.now()
    const answer = await record.hold(person.userId, seatIds, () => people.hold(person, seatIds))
    if (answer.status === 401) await people.admit(person)
    else if (isUnknown(answer)) deadlineMs = Math.min(deadlineMs, invokedAtMs + holdMs / 2)
    else if (answer.code !== 'SEATS_UNDECIDED') return answer
    await pause(repeatPauseMs)
  }
  return null
}

async function goOn(
  { people, record, road }: StormDeps,
  { seatIds: all, shares }: StormOptions,
  person: Person,
  made: { hold: Hold; seatIds: readonly string[] },
): Promise<string> {
  const { reservationId } = made.hold
  let { seatIds } = made
  if (Math.random() < shares.change) {
    const wanted = pickSome(all)
    const difference = {
      droppedIds: seatIds.filter((id) => !wanted.includes(id)),
      addedIds: wanted.filter((id) => !seatIds.includes(id)),
    }
    const changed = await record.change(person.userId, difference, () => people.change(person, reservationId, wanted))
    if (isUnknown(changed)) return 'never learned whether they changed'
    if (changed.status === 200) seatIds = wanted
    if (changed.status === 200) return 'changed seats, then walked away'
  }
  const dice = Math.random()
  if (dice < shares.release) {
    const released = await record.release(person.userId, seatIds, () => people.release(person, reservationId))
    return isUnknown(released) ? 'never learned whether they released' : 'released'
  }
  if (dice < shares.release + shares.pay) {
    const buyer = { token: person.token, queueToken: made.hold.paymentToken }
    const isPaid = await record.confirm(person.userId, seatIds, () => pay(road, buyer, made.hold, 'buy'))
    return isPaid ? 'paid' : 'did not get to pay'
  }
  return 'walked away'
}

/** One to three of the seats, in any order. */
function pickSome(seatIds: readonly string[]): string[] {
  const count = 1 + Math.floor(Math.random() * 3)
  const picked = new Set<string>()
  while (picked.size < count) picked.add(seatIds[Math.floor(Math.random() * seatIds.length)] ?? '')
  return [...picked]
}

/** Asks for each seat until it is had or `timeoutMs` is over. Gives those that never were. */
export async function askForEach(
  { people, record }: Pick<StormDeps, 'people' | 'record'>,
  seatIds: readonly string[],
  timeoutMs: number,
): Promise<string[]> {
  const deadlineMs = performance.now() + timeoutMs
  const ask = async (seatId: string) => {
    const person = await people.admitted()
    for (;;) {
      const answer = await record.hold(person.userId, [seatId], () => people.hold(person, [seatId]))
      if (answer.status === 201) return []
      if (performance.now() > deadlineMs) return [seatId]
      await pause(repeatPauseMs)
    }
  }
  return (await Promise.all(seatIds.map(ask))).flat()
}
