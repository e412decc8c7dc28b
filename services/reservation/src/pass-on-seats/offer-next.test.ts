import { expect, test } from 'vitest'
import { asPerson, outcome } from '../test-buyers.ts'
import { eventCancelled, testReservationService } from '../test-reservation-service.ts'
import { waitingListOf } from '../test-waiting-list.ts'
import { passOnSeats } from './pass-on-seats.ts'

const service = await testReservationService()
const { deps, relay, admitOne, admitAgain, hold, held, release, change, cancel, deliver } = service
const { published, locks } = service
const list = waitingListOf(service)
const { soldOut, giveBack, waiting, leave, placeOf, offerOf, passOn, lapse, buy, freeIn } = list
const statusesOf = (places: { userId: string; entryId: string }[]) =>
  Promise.all(places.map(async (place) => (await placeOf(place)).status))

test('a seat that comes back is offered to who waits longest: reserved, priced, told, and nobody else’s', async () => {
  const { schedule, scheduleId, ticket } = await soldOut([{ grade: 'VIP', seats: 2 }])
  const [first, second] = [await waiting(scheduleId, { count: 2 }), await waiting(scheduleId)]
  await giveBack(ticket(0))
  const wakes = relay.wakes
  await passOn(scheduleId)
  expect(relay.wakes).toBe(wakes + 1)
  expect(await statusesOf([first, second])).toEqual(['OFFERED', 'WAITING'])
  const offer = await offerOf(first)
  expect(offer.seats.map((seat) => seat.seatId).toSorted()).toEqual(ticket(0).seatIds)
  expect(offer.totalAmount).toBe(2 * 198_000)
  const sixHours = Date.parse(offer.expiresAt) - Date.now()
  expect(sixHours).toBeGreaterThan(359 * 60_000)
  expect(sixHours).toBeLessThanOrEqual(361 * 60_000)
  expect(await published(offer.reservationId)).toMatchObject([
    {
      type: 'WaitingListOffered',
      entryId: first.entryId,
      userId: first.userId,
      scheduleId,
      totalAmount: offer.totalAmount,
      offerExpiresAt: offer.expiresAt,
    },
  ])
  expect(outcome(await hold(await admitOne(schedule), ticket(0).seatIds.slice(0, 1)))).toBe('409 SEAT_TAKEN')
  expect(await locks(scheduleId)).toEqual({})
  expect(await freeIn(schedule)).toEqual([])
})

test('a place for a wheelchair that comes back, with the seat beside, is offered to nobody who waits: everybody may choose it', async () => {
  const { schedule, scheduleId, ticket } = await soldOut([{ seats: 2 }, { seats: 1 }, { seats: 1 }])
  const [place, beside] = schedule.seats
  const [other, besideOther] = schedule.seats.slice(8)
  if (!place || !beside || !other || !besideOther) throw new Error('the hall is too small')
  for (const seat of [place, other]) Object.assign(seat, { accessible: true })
  Object.assign(beside, { companionOf: place.ordinal })
  Object.assign(besideOther, { companionOf: other.ordinal })
  const [first, second] = [await waiting(scheduleId, { grade: 'S' }), await waiting(scheduleId)]
  await giveBack(ticket(0))
  await passOn(scheduleId)
  expect(await statusesOf([first, second])).toEqual(['WAITING', 'WAITING'])
  expect((await freeIn(schedule)).toSorted()).toEqual([place.id, beside.id].toSorted())
  await held(await admitOne(schedule), [place.id, beside.id])
  // An ordinary seat goes to who waits longest, and the next place for a wheelchair to nobody again.
  await giveBack(ticket(2))
  await giveBack(ticket(1))
  await passOn(scheduleId)
  expect((await offerOf(first)).seats.map((seat) => seat.seatId)).toEqual(ticket(1).seatIds)
  expect(await statusesOf([second])).toEqual(['WAITING'])
  expect(await freeIn(schedule)).toEqual([other.id])
})

test('the seat beside a wheelchair whose place is sold is offered like any other', async () => {
  const { schedule, scheduleId, ticket } = await soldOut([{ seats: 1 }, { seats: 1 }])
  const [place, beside] = [ticket(0), ticket(1)].map(({ seatIds }) =>
    schedule.seats.find(({ id }) => id === seatIds[0]),
  )
  if (!place || !beside) throw new Error('the hall is too small')
  Object.assign(place, { accessible: true })
  Object.assign(beside, { companionOf: place.ordinal })
  const first = await waiting(scheduleId)
  await giveBack(ticket(1))
  await passOn(scheduleId)
  expect((await offerOf(first)).seats.map((seat) => seat.seatId)).toEqual([beside.id])
})

test.each([
  ['lapses', async (fan: Parameters<typeof leave>[0]) => lapse((await offerOf(fan)).reservationId), 'EXPIRED'],
  ['is declined', leave, 'LEFT'],
  [
    'is given back as a hold',
    async (fan: Parameters<typeof leave>[0]) =>
      release({ headers: asPerson(fan.userId) }, (await offerOf(fan)).reservationId),
    'LEFT',
  ],
] as const)('an offer that %s goes to the next in line, and then to everybody', async (_how, end, becomes) => {
  const { schedule, scheduleId, ticket } = await soldOut()
  const [first, second] = [await waiting(scheduleId), await waiting(scheduleId)]
  await giveBack(ticket(0))
  await passOn(scheduleId)
  await end(first)
  expect(outcome(await hold(await admitOne(schedule), ticket(0).seatIds))).toBe('409 SEAT_TAKEN')
  await passOn(scheduleId)
  expect(await statusesOf([first, second])).toEqual([becomes, 'OFFERED'])
  expect((await offerOf(second)).seats.map((seat) => seat.seatId)).toEqual(ticket(0).seatIds)
  await end(second)
  await passOn(scheduleId)
  expect(await freeIn(schedule)).toEqual(ticket(0).seatIds)
  const releases = (await published(ticket(0).reservationId)).filter(({ type }) => type === 'SeatsReleased')
  expect(releases).toMatchObject([{ reservationId: ticket(0).reservationId, seatIds: ticket(0).seatIds }])
  await held(await admitOne(schedule), ticket(0).seatIds)
})

test('a ticket bought from the list and given back goes round again, as its own', async () => {
  const { schedule, scheduleId, ticket } = await soldOut()
  const [first, second] = [await waiting(scheduleId), await waiting(scheduleId)]
  await giveBack(ticket(0))
  await passOn(scheduleId)
  const bought = await buy(first)
  await cancel({ headers: asPerson(first.userId) }, bought)
  await passOn(scheduleId)
  expect(await statusesOf([first, second])).toEqual(['TAKEN', 'OFFERED'])
  await leave(second)
  await passOn(scheduleId)
  expect(await freeIn(schedule)).toEqual(ticket(0).seatIds)
  expect((await published(bought)).at(-1)).toMatchObject({ type: 'SeatsReleased', reservationId: bought })
  expect((await published(ticket(0).reservationId)).map(({ type }) => type)).not.toContain('SeatsReleased')
})

test('who wants more seats or another grade than came back keeps the place, and the next whose wish fits is asked', async () => {
  const { scheduleId, ticket } = await soldOut([{ grade: 'S' }, { grade: 'VIP', seats: 2 }])
  const pair = await waiting(scheduleId, { count: 2 })
  const vip = await waiting(scheduleId, { grade: 'VIP' })
  const any = await waiting(scheduleId)
  await giveBack(ticket(0))
  await passOn(scheduleId)
  expect(await statusesOf([pair, vip, any])).toEqual(['WAITING', 'WAITING', 'OFFERED'])
  await giveBack(ticket(1))
  await passOn(scheduleId)
  expect(await statusesOf([pair, vip, any])).toEqual(['OFFERED', 'WAITING', 'OFFERED'])
})

test('seats of one ticket go to a pair together, and a single gets the single seat', async () => {
  const { scheduleId, ticket } = await soldOut([{ seats: 2 }, { seats: 1 }])
  const [single, pair] = [await waiting(scheduleId), await waiting(scheduleId, { count: 2 })]
  await giveBack(ticket(0))
  await giveBack(ticket(1))
  await passOn(scheduleId)
  expect((await offerOf(single)).seats.map((seat) => seat.seatId)).toEqual(ticket(1).seatIds)
  expect((await offerOf(pair)).seats.map((seat) => seat.seatId).toSorted()).toEqual(ticket(0).seatIds)
})

test('who is holding seats of the schedule is not asked meanwhile, and keeps the place', async () => {
  const { schedule, scheduleId, ticket } = await soldOut([{}, {}])
  const [busy, next] = [await waiting(scheduleId), await waiting(scheduleId)]
  const [, , , spare] = schedule.seats
  const shopping = await held(await admitAgain(busy, schedule), [spare?.id ?? ''])
  await giveBack(ticket(0))
  await passOn(scheduleId)
  expect(await statusesOf([busy, next])).toEqual(['WAITING', 'OFFERED'])
  await release({ headers: asPerson(busy.userId) }, shopping.reservationId)
  await giveBack(ticket(1))
  await passOn(scheduleId)
  expect(await statusesOf([busy, next])).toEqual(['OFFERED', 'OFFERED'])
})

test('who has all that one person may have is not asked, and is once a ticket has been given back', async () => {
  const { schedule, scheduleId, ticket } = await soldOut([{ seats: 2 }, {}, {}])
  const rules = { ...schedule.facts.rules, perPersonMax: 2 }
  const full = await waiting(scheduleId, {}, ticket(0).userId)
  schedule.facts = { ...schedule.facts, rules }
  const next = await waiting(scheduleId)
  const limited = { ...deps, catalogue: { ...deps.catalogue, schedule: async () => schedule.facts } }
  const passOnLimited = async () => {
    while ((await passOnSeats(limited, scheduleId)) > 0);
  }
  await giveBack(ticket(1))
  await passOnLimited()
  expect(await statusesOf([full, next])).toEqual(['WAITING', 'OFFERED'])
  await giveBack(ticket(0))
  await passOnLimited()
  expect(await statusesOf([full, next])).toEqual(['OFFERED', 'OFFERED'])
})

test('no offer is made that could not be paid before the sale ends or tickets can be given back no more', async () => {
  const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()
  const short = await soldOut([{}], { saleEndAt: inMinutes(60) })
  const fan = await waiting(short.scheduleId)
  await giveBack(short.ticket())
  await passOn(short.scheduleId)
  expect((await offerOf(fan)).expiresAt).toBe(short.saleEndAt)

  for (const facts of [{ saleEndAt: inMinutes(4) }, { eventStartAt: inMinutes(30) }]) {
    const late = await soldOut([{}], facts)
    const place = await waiting(late.scheduleId)
    await giveBack(late.ticket())
    await passOn(late.scheduleId)
    expect(await statusesOf([place])).toEqual(['WAITING'])
    expect(await freeIn(late.schedule)).toEqual(late.ticket().seatIds)
  }
})

test('offered seats are not exchanged, and holding them again gives the offer', async () => {
  const { schedule, scheduleId, ticket } = await soldOut()
  const fan = await waiting(scheduleId)
  await giveBack(ticket(0))
  await passOn(scheduleId)
  const { reservationId } = await offerOf(fan)
  const buyer = await admitAgain(fan, schedule)
  const [, spare] = schedule.seats
  expect(outcome(await change(buyer, reservationId, [spare?.id ?? '']))).toBe('409 OFFER_FIXED')
  const other = await hold(buyer, [spare?.id ?? ''])
  expect([outcome(other), other.json<{ reservationId: string }>().reservationId]).toEqual([
    '409 HOLD_EXISTS',
    reservationId,
  ])
  expect(await held(buyer, ticket(0).seatIds)).toMatchObject({ reservationId })
})

test('a show that is called off ends its offers, and offers nothing more', async () => {
  const { schedule, scheduleId, eventId, ticket } = await soldOut([{}, {}])
  const [first, second] = [await waiting(scheduleId), await waiting(scheduleId)]
  await giveBack(ticket(0))
  await passOn(scheduleId)
  await giveBack(ticket(1))
  await deliver(eventCancelled({ scheduleId, eventId }))
  await passOn(scheduleId)
  expect(await statusesOf([first, second])).toEqual(['OFFERED', 'WAITING'])
  expect(await freeIn(schedule)).toEqual(ticket(1).seatIds)
})
