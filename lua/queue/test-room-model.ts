import { activeMs, defaultRecovery, type TicketFacts } from './place-request.ts'
import type { Answer, Room } from './test-room.ts'

/** The promises of the waiting room (reliability.md Q1 to Q5, X1), by name. */
export type PropertyName = 'order' | 'rate' | 'one place' | 'capacity' | 'no starvation' | 'tokens' | 'loss' | 'numbers'

/** Thrown where a room does not do as promised. */
export class Broken extends Error {
  readonly property: PropertyName

  constructor(property: PropertyName, detail: string) {
    super(`${property}: ${detail}`)
    this.property = property
  }
}

interface Person {
  readonly userId: string
  /** Steps of the run in which the entry was asked for and answered: who asked after that stands behind. */
  readonly askedAt: number
  readonly answeredAt: number
  readonly ticket: TicketFacts
  /** When the queue heard of the person last. */
  heardMs: number
  /** The queue knows of the place: it has not lost it, or has got it back. */
  isBack: boolean
}

/** For tests: what has happened in a room so far, as its people know it. */
export interface RoomModel {
  step: number
  waiting: Map<string, Person>
  /** The last place each has been told, also of those who have gone. */
  told: Map<string, Person>
  inside: Map<string, { token: string; untilMs: number }>
  /** Left or admitted since the last loss. */
  gone: Set<string>
  owners: Map<string, string>
  numbers: Set<number>
  admissionsMs: number[]
  /** The first sign of the last loss, once there was one. */
  loss: { isNoticed: boolean; sinceMs: number } | null
  lastTickMs: number
}

export const emptyModel = (): RoomModel => ({
  step: 0,
  waiting: new Map(),
  told: new Map(),
  inside: new Map(),
  gone: new Set(),
  owners: new Map(),
  numbers: new Set(),
  admissionsMs: [],
  loss: null,
  lastTickMs: 0,
})

const tokenMs = 600_000

export const isPresent = (person: Person, nowMs: number): boolean => person.isBack && person.heardMs + activeMs > nowMs

/** A ticket of before the loss that must put its owner back. */
const mustComeBack = (model: RoomModel, person: Person, { nowMs, hasTicket }: Asked): boolean =>
  hasTicket &&
  model.loss !== null &&
  !person.isBack &&
  !model.gone.has(person.userId) &&
  person.heardMs + activeMs > model.loss.sinceMs &&
  nowMs < model.loss.sinceMs + defaultRecovery.restoreMs

export interface Asked {
  readonly userId: string
  readonly askedAt: number
  readonly nowMs: number
  readonly isEntry: boolean
  /** The last ticket was given back. */
  readonly hasTicket: boolean
}

/** Takes in the answer to somebody who has entered or polled, with the ticket if there was one; throws Broken. */
export function answered(model: RoomModel, room: Room, asked: Asked, answer: Answer): void {
  const { userId, nowMs } = asked
  model.step += 1
  // A poll without a ticket by somebody unknown says nothing about the queue.
  if (asked.isEntry || (asked.hasTicket && model.told.has(userId))) noticeLoss(model, nowMs)
  const stay = model.inside.get(userId)
  if (stay !== undefined && stay.untilMs > nowMs) {
    if (answer.outcome !== 'active') throw new Broken('tokens', `somebody inside was answered ${answer.outcome}`)
    if (answer.token !== stay.token) throw new Broken('tokens', 'somebody inside got another token')
    return
  }
  if (answer.outcome === 'active') throw new Broken('tokens', 'a token for somebody who is not inside')
  const person = model.waiting.get(userId)
  if (answer.outcome === 'waiting') tellPlace(model, room, asked, answer)
  else if (person !== undefined && isPresent(person, nowMs)) throw new Broken('one place', `lost: ${answer.outcome}`)
  else if (person !== undefined && mustComeBack(model, person, asked)) throw new Broken('loss', 'a ticket was refused')
  else model.waiting.delete(userId)
}

function tellPlace(
  model: RoomModel,
  room: Room,
  asked: Asked,
  { ticket, total }: Extract<Answer, { outcome: 'waiting' }>,
): void {
  const { userId, askedAt, nowMs, isEntry } = asked
  const person = model.waiting.get(userId)
  const former = model.told.get(userId)
  const isSame = former?.ticket.scoreUs === ticket.scoreUs
  if (person !== undefined && isPresent(person, nowMs) && !isSame) throw new Broken('one place', 'another place')
  if (person !== undefined && mustComeBack(model, person, asked) && !isSame) throw new Broken('loss', 'not put back')
  if (former !== undefined && isSame) {
    if (person === undefined && (model.loss === null || model.gone.has(userId)))
      throw new Broken('loss', 'an old ticket brought back a place that was given up')
    wait(model, { ...former, ticket, heardMs: nowMs, isBack: true })
    return
  }
  if (!isEntry) throw new Broken('one place', 'a new place without an entry')
  if (model.numbers.has(ticket.scoreUs)) throw new Broken('numbers', `${ticket.scoreUs} was given twice`)
  if (total > room.config.capacity) throw new Broken('capacity', `${total} wait`)
  model.numbers.add(ticket.scoreUs)
  wait(model, { userId, askedAt, answeredAt: model.step, ticket, heardMs: nowMs, isBack: true })
}

function wait(model: RoomModel, person: Person): void {
  model.waiting.set(person.userId, person)
  model.told.set(person.userId, person)
}

/** Takes in that somebody has left. */
export function left(model: RoomModel, userId: string, nowMs: number): void {
  model.step += 1
  if (model.numbers.size > 0 || model.lastTickMs > 0) noticeLoss(model, nowMs)
  model.waiting.delete(userId)
  model.inside.delete(userId)
  model.gone.add(userId)
}

function noticeLoss(model: RoomModel, nowMs: number): void {
  if (model.loss?.isNoticed === false) model.loss = { isNoticed: true, sinceMs: nowMs }
}

/** Takes in that Redis is empty: who waited or was inside has nothing left but the ticket. */
export function lost(model: RoomModel, nowMs: number): void {
  for (const [userId, stay] of model.inside) {
    const person = model.told.get(userId)
    if (person !== undefined && stay.untilMs > nowMs) model.waiting.set(userId, person)
  }
  for (const [userId, person] of model.waiting) model.waiting.set(userId, { ...person, isBack: false })
  model.inside.clear()
  model.gone.clear()
  model.loss = { isNoticed: false, sinceMs: nowMs }
}

/** How many must be let in by a tick at this moment, at least: 1 or 0. */
export function mustAdmit(model: RoomModel, room: Room, nowMs: number): 0 | 1 {
  const isHeld = model.loss !== null && (!model.loss.isNoticed || nowMs <= model.loss.sinceMs + defaultRecovery.graceMs)
  const personMs = room.config.intervalMs / room.config.batchSize
  const inside = [...model.inside.values()].filter(({ untilMs }) => untilMs > nowMs).length
  const isAnybodyThere = [...model.waiting.values()].some((person) => isPresent(person, nowMs + 1_000))
  const isDue = nowMs - model.lastTickMs > personMs + 1
  return isDue && isAnybodyThere && !isHeld && inside < (room.config.maxInside ?? Number.POSITIVE_INFINITY) ? 1 : 0
}

/** Takes in what ticks have admitted, all at once if there were several; throws Broken. */
export function admitted(model: RoomModel, room: Room, people: readonly Admitted[], nowMs: number): void {
  model.step += 1
  noticeLoss(model, nowMs)
  model.lastTickMs = nowMs
  for (const { userId, token } of people) {
    const person = model.waiting.get(userId)
    if (person === undefined) throw new Broken('one place', 'somebody was let in who does not wait')
    if (model.owners.has(token)) throw new Broken('tokens', 'two people have the same token')
    model.owners.set(token, userId)
    model.waiting.delete(userId)
    model.gone.add(userId)
    model.inside.set(userId, { token, untilMs: nowMs + tokenMs })
    model.admissionsMs.push(nowMs)
    for (const other of model.waiting.values()) {
      const isLetIn = people.some((one) => one.userId === other.userId)
      if (isPresent(other, nowMs) && !isLetIn && other.answeredAt < person.askedAt)
        throw new Broken('order', 'somebody behind was let in first')
    }
  }
  const perMs = room.config.batchSize / room.config.intervalMs
  for (const windowMs of [1_000, 10_000, 60_000]) {
    const count = model.admissionsMs.filter((atMs) => atMs > nowMs - windowMs).length
    if (count > windowMs * perMs + room.config.batchSize) throw new Broken('rate', `${count} in ${windowMs} ms`)
  }
}

interface Admitted {
  readonly userId: string
  readonly token: string
}
