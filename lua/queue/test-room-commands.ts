import fc from 'fast-check'
import type { TicketFacts } from './place-request.ts'
import type { Room } from './test-room.ts'
import { admitted, answered, Broken, left, lost, mustAdmit, type RoomModel } from './test-room-model.ts'

type Command = fc.AsyncCommand<RoomModel, Room>

const services = [0, 1, 2]
const userOf = (room: Room, index: number): string => room.users[index % room.users.length] ?? ''
const ticketOf = (model: RoomModel, userId: string): TicketFacts | undefined => model.told.get(userId)?.ticket

const command = (name: string, run: (model: RoomModel, room: Room) => Promise<void>): Command => ({
  check: () => true,
  run,
  toString: () => name,
})

/** Somebody enters, on several devices at once and through every service. */
const enter = (user: number, service: number, devices: number, hasTicket: boolean) =>
  command(`enter(${user}, service ${service}, devices ${devices}, ${hasTicket})`, async (model, room) => {
    const userIds = Array.from({ length: devices }, () => userOf(room, user))
    await ask(model, room, { userIds, service, hasTicket })
  })

/** Everybody comes at the same moment. */
const rush = () =>
  command('rush', (model, room) => ask(model, room, { userIds: room.users, service: 0, hasTicket: true }))

interface Entries {
  readonly userIds: readonly string[]
  /** Where the first one asks; the next one asks the next service. */
  readonly service: number
  readonly hasTicket: boolean
}

async function ask(model: RoomModel, room: Room, { userIds, service, hasTicket }: Entries): Promise<void> {
  const askedAt = model.step
  const nowMs = await room.nowMs()
  const answers = await Promise.all(
    userIds.map((userId, index) =>
      room.enter((service + index) % services.length, userId, hasTicket ? ticketOf(model, userId) : undefined),
    ),
  )
  for (const [index, answer] of answers.entries()) {
    const asked = { userId: userIds[index] ?? '', askedAt, nowMs, isEntry: true, hasTicket }
    answered(model, room, asked, answer)
    if (answer.outcome === 'full' && (await room.lineLength()) < room.config.capacity)
      throw new Broken('capacity', 'refused although there was room')
  }
}

/** Polls as told, with the ticket. */
const poll = (user: number, service: number) =>
  command(`poll(${user}, service ${service})`, async (model, room) => {
    const userId = userOf(room, user)
    const asked = { userId, askedAt: model.step, nowMs: await room.nowMs(), isEntry: false, hasTicket: true }
    answered(model, room, asked, await room.poll(service, userId, ticketOf(model, userId)))
  })

const leave = (user: number) =>
  command(`leave(${user})`, async (model, room) => {
    const userId = userOf(room, user)
    const nowMs = await room.nowMs()
    await room.leave(userId)
    left(model, userId, nowMs)
  })

/** Loops tick, at the same moment if there are several. */
const tick = (loops: readonly number[]) =>
  command(`tick(${loops.join()})`, async (model, room) => {
    const due = mustAdmit(model, room, await room.nowMs())
    const batches = await Promise.all(loops.map((service) => room.tick(service)))
    const people = batches.flat()
    if (people.length < due) throw new Broken('no starvation', 'nobody was let in')
    admitted(model, room, people, await room.nowMs())
  })

const age = (ms: number) => command(`age(${ms})`, (_model, room) => room.age(ms))

const lose = () =>
  command('lose', async (model, room) => {
    await room.lose()
    lost(model, await room.nowMs())
  })

const user = fc.nat({ max: 9 })
const service = fc.constantFrom(...services)

/** For tests: what may happen in a room, as often as in life: much waiting, seldom a loss. */
export const commandsOfRoom = fc.commands(
  [
    fc.tuple(user, service, fc.integer({ min: 1, max: 3 }), fc.boolean()).map((args) => enter(...args)),
    fc.tuple(user, service, fc.constant(1), fc.constant(true)).map((args) => enter(...args)),
    fc.constant(0).map(rush),
    fc.tuple(user, service).map((args) => poll(...args)),
    fc.tuple(user, service).map((args) => poll(...args)),
    user.map(leave),
    service.map((one) => tick([one])),
    fc.constant([...services, ...services]).map(tick),
    fc.constantFrom(40, 350, 1_000, 2_600, 7_000, 65_000).map(age),
    fc.constantFrom(290_000, 610_000).map(age),
    fc.constant(0).map(lose),
  ],
  { maxCommands: 80, size: 'max' },
)
