import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { createTicketKeys, ticketSigningKeysSchema } from '../domain/ticket-keys.ts'
import { asPerson, outcome } from '../test-buyers.ts'
import { newTicketKey, testReservationService } from '../test-reservation-service.ts'
import { asScanner, ticketsOf } from '../test-tickets.ts'

const service = await testReservationService()
const { db } = service
const { bought, codeOf, admit, entries } = ticketsOf(service)
const entriesOf = async (reservationId: string) =>
  (await entries()).filter((entry) => entry.reservation_id === reservationId)

test('a fresh code lets its holder in once; the second time the gate is told when and where', async () => {
  const ticket = await bought()
  const { scheduleId, seatId, ticketNumber } = ticket
  const scannedBy = uuidv7()
  const first = await admit({ code: codeOf(ticket), scheduleId, gate: ' North 3 ' }, asScanner(scannedBy))
  expect(outcome(first)).toBe('200')
  const { enteredAt } = first.json()
  expect(first.json()).toEqual({
    ticketNumber,
    scheduleId,
    seat: { seatId, seatNumber: 'A-1-00001', grade: 'VIP' },
    enteredAt,
    gate: 'North 3',
  })
  const second = await admit({ code: codeOf(ticket), scheduleId, gate: 'South' })
  expect(outcome(second)).toBe('409 ALREADY_USED')
  expect(second.json()).toMatchObject({ enteredAt, gate: 'North 3' })
  expect(await entriesOf(ticket.reservationId)).toMatchObject([
    { seat_id: seatId, schedule_id: scheduleId, gate: 'North 3', offline: false, scanned_by: scannedBy },
  ])
})

test('a picture taken 90 s ago is refused, the code of now passes once', async () => {
  const ticket = await bought()
  const { scheduleId } = ticket
  const picture = await admit({ code: codeOf(ticket, 3), scheduleId })
  expect(outcome(picture)).toBe('409 TICKET_EXPIRED')
  expect(await entriesOf(ticket.reservationId)).toEqual([])
  expect(outcome(await admit({ code: codeOf(ticket), scheduleId }))).toBe('200')
  expect(outcome(await admit({ code: codeOf(ticket), scheduleId }))).toBe('409 ALREADY_USED')
})

test('each refusal has its code and lets nobody in', async () => {
  const ticket = await bought()
  const { scheduleId, ticketNumber, seatId } = ticket
  const stranger = createTicketKeys(ticketSigningKeysSchema.parse({ keys: [newTicketKey('TEST-1')] }))
  const unknown = createTicketKeys(ticketSigningKeysSchema.parse({ keys: [newTicketKey('OTHER')] }))
  const slot = Math.floor(Date.now() / 30_000)
  const forged = stranger.sign({ ticketNumber, seatId, scheduleId, slot })
  const attempts: [string, string, unknown][] = [
    ['nonsense', '400 TICKET_CODE_INVALID', { reason: 'MALFORMED' }],
    [codeOf(ticket).toLowerCase(), '400 TICKET_CODE_INVALID', { reason: 'MALFORMED' }],
    [forged, '400 TICKET_CODE_INVALID', { reason: 'SIGNATURE' }],
    [unknown.sign({ ticketNumber, seatId, scheduleId, slot }), '400 TICKET_CODE_INVALID', { reason: 'UNKNOWN_KEY' }],
    [codeOf({ ...ticket, scheduleId: uuidv7() }), '409 TICKET_OF_OTHER_SCHEDULE', {}],
    [codeOf(ticket, -10), '409 TICKET_NOT_YET', {}],
    [codeOf({ ...ticket, seatId: uuidv7() }), '404 TICKET_NOT_FOUND', {}],
    [codeOf({ ...ticket, ticketNumber: 'T-0000-0000-0000-0000' }), '404 TICKET_NOT_FOUND', {}],
  ]
  for (const [code, expected, members] of attempts) {
    const answer = await admit({ code, scheduleId })
    expect(outcome(answer)).toBe(expected)
    expect(answer.json()).toMatchObject(members as object)
  }
  expect(await entriesOf(ticket.reservationId)).toEqual([])
})

test('a seat of another reservation of the same show is not let in by this one’s number', async () => {
  const [mine, others] = [await bought(), await bought()]
  const code = codeOf({ ...mine, seatId: others.seatId })
  expect(outcome(await admit({ code, scheduleId: mine.scheduleId }))).toBe('404 TICKET_NOT_FOUND')
})

test('a cancelled reservation lets nobody in, with a code drawn before', async () => {
  const ticket = await bought(2)
  const code = codeOf(ticket)
  const cancelledAt = new Date()
  await db
    .updateTable('reservations')
    .set({ status: 'CANCELLED', cancelled_at: cancelledAt, cancel_reason: 'USER_CANCELLED' })
    .where('id', '=', ticket.reservationId)
    .execute()
  const answer = await admit({ code, scheduleId: ticket.scheduleId })
  expect(outcome(answer)).toBe('409 CANCELLED')
  expect(answer.json()).toMatchObject({ cancelledAt: cancelledAt.toISOString() })
  expect(await entriesOf(ticket.reservationId)).toEqual([])
})

test('only staff asks, and says what it must', async () => {
  const ticket = await bought()
  const { scheduleId } = ticket
  const code = codeOf(ticket)
  expect(outcome(await admit({ code, scheduleId }, asPerson(ticket.buyer.userId)))).toBe('403 FORBIDDEN')
  expect(outcome(await admit({ code, scheduleId }, {}))).toBe('401 UNAUTHENTICATED')
  for (const body of [{ code }, { scheduleId }, { code: '', scheduleId }, { code, scheduleId, gate: ' ' }])
    expect(outcome(await admit(body))).toBe('400 VALIDATION_FAILED')
  expect(await entriesOf(ticket.reservationId)).toEqual([])
})
