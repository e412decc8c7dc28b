import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { asPerson, outcome } from '../test-buyers.ts'
import { testReservationService } from '../test-reservation-service.ts'
import { asScanner, ticketsOf } from '../test-tickets.ts'

const service = await testReservationService()
const { db } = service
const { bought, codeOf, admit, upload, entries } = ticketsOf(service)
const conflicts = (scheduleId: string) =>
  db.selectFrom('ticket_conflicts').selectAll().where('schedule_id', '=', scheduleId).orderBy('scanned_at').execute()
/** `slots` slots of 30 s ago. */
const ago = (slots: number) => new Date(Date.now() - slots * 30_000).toISOString()

test('scans of hours ago are judged by the time of the scan, and entered then', async () => {
  const ticket = await bought()
  const { scheduleId, seatId } = ticket
  const scannedAt = ago(240)
  const answer = await upload({ scheduleId, gate: 'East', codes: [{ code: codeOf(ticket, 240), scannedAt }] })
  expect(answer.json()).toEqual({
    entered: 1,
    list: [{ outcome: 'ENTERED', seatNumber: 'A-1-00001', enteredAt: scannedAt, gate: 'East' }],
  })
  const [entry] = (await entries()).filter((one) => one.seat_id === seatId)
  expect(entry).toMatchObject({ offline: true, gate: 'East', entered_at: new Date(scannedAt) })
  const later = await admit({ code: codeOf(ticket), scheduleId })
  expect(outcome(later)).toBe('409 ALREADY_USED')
  expect(later.json()).toMatchObject({ enteredAt: scannedAt, gate: 'East' })
})

test('a list keeps its order, bad scans harm no good ones, and genuine tickets that the books refuse are kept', async () => {
  const ticket = await bought(3)
  const { scheduleId, seatIds, reservationId } = ticket
  const [first, second, third] = seatIds.map((seatId) => ({ ...ticket, seatId }))
  if (!first || !second || !third) throw new Error('three seats were bought')
  expect(outcome(await admit({ code: codeOf(third), scheduleId, gate: 'North' }))).toBe('200')
  const unknown = { ...ticket, ticketNumber: 'T-0000-0000-0000-0000' }
  const codes = [
    { code: codeOf(first, 4), scannedAt: ago(4) },
    { code: 'nonsense', scannedAt: ago(4) },
    { code: codeOf(first, 10), scannedAt: ago(10) },
    { code: codeOf(second, 10), scannedAt: ago(4) },
    { code: codeOf(second, 0), scannedAt: ago(-40) },
    { code: codeOf({ ...second, scheduleId: uuidv7() }, 4), scannedAt: ago(4) },
    { code: codeOf(third, 4), scannedAt: ago(4) },
    { code: codeOf(unknown, 4), scannedAt: ago(4) },
    { code: codeOf(second, 2), scannedAt: ago(2) },
  ]
  const answer = await upload({ scheduleId, gate: 'South', codes })
  expect(answer.json<{ list: { outcome: string }[] }>().list.map((one) => one.outcome)).toEqual([
    'ALREADY_USED',
    'MALFORMED',
    'ENTERED',
    'EXPIRED',
    'SCANNED_IN_FUTURE',
    'OTHER_SCHEDULE',
    'ALREADY_USED',
    'TICKET_NOT_FOUND',
    'ENTERED',
  ])
  expect(answer.json()).toMatchObject({ entered: 2, list: { 0: { gate: 'South' }, 6: { gate: 'North' } } })
  expect((await entries()).filter((entry) => entry.reservation_id === reservationId)).toHaveLength(3)
  const kept = (await conflicts(scheduleId)).map(({ reason, seat_id, gate }) => [reason, seat_id, gate])
  expect(new Set(kept)).toEqual(
    new Set([
      ['ALREADY_USED', first.seatId, 'South'],
      ['ALREADY_USED', third.seatId, 'South'],
      ['TICKET_NOT_FOUND', ticket.seatId, 'South'],
    ]),
  )
})

test('the same list sent again, also at once, gives the same outcomes and nothing twice', async () => {
  const [good, used] = [await bought(), await bought()]
  const scheduleId = good.scheduleId
  const cancelled = await bought()
  await db
    .updateTable('reservations')
    .set({ status: 'CANCELLED', cancelled_at: new Date(), cancel_reason: 'USER_CANCELLED' })
    .where('id', '=', cancelled.reservationId)
    .execute()
  await db
    .updateTable('reservations')
    .set({ event_schedule_id: scheduleId })
    .where('id', 'in', [used.reservationId, cancelled.reservationId])
    .execute()
  await admit({ code: codeOf({ ...used, scheduleId }), scheduleId })
  const list = {
    scheduleId,
    codes: [good, used, cancelled].map((one) => ({ code: codeOf({ ...one, scheduleId }, 6), scannedAt: ago(6) })),
  }
  const scanner = asScanner()
  const first = await upload(list, scanner)
  expect(first.json<{ list: { outcome: string }[] }>().list.map((one) => one.outcome)).toEqual([
    'ENTERED',
    'ALREADY_USED',
    'CANCELLED',
  ])
  const again = await Promise.all([upload(list, scanner), upload(list, scanner), upload(list, scanner)])
  for (const answer of again) expect(answer.json()).toEqual(first.json())
  expect((await entries()).filter((entry) => entry.schedule_id === scheduleId)).toHaveLength(2)
  expect(await conflicts(scheduleId)).toHaveLength(2)
})

test('two scanners that let the same ticket in without network: one entry, one conflict, neither lost', async () => {
  const ticket = await bought()
  const { scheduleId } = ticket
  const from = (gate: string, slots: number) =>
    upload({ scheduleId, gate, codes: [{ code: codeOf(ticket, slots), scannedAt: ago(slots) }] })
  const outcomes = (await Promise.all([from('West', 7), from('East', 9)])).map((answer) => answer.json().entered)
  expect(outcomes.toSorted()).toEqual([0, 1])
  const [entry] = (await entries()).filter((one) => one.schedule_id === scheduleId)
  const [conflict] = await conflicts(scheduleId)
  expect([entry?.gate, conflict?.gate].toSorted()).toEqual(['East', 'West'])
})

test('only staff uploads, and at most 500 at a time', async () => {
  const ticket = await bought()
  const { scheduleId } = ticket
  const scan = { code: codeOf(ticket), scannedAt: ago(0) }
  expect(outcome(await upload({ scheduleId, codes: [scan] }, asPerson(ticket.buyer.userId)))).toBe('403 FORBIDDEN')
  const bodies = [
    { scheduleId, codes: [] },
    { scheduleId, codes: Array.from({ length: 501 }, () => scan) },
    { scheduleId, codes: [{ ...scan, scannedAt: 'yesterday' }] },
    { codes: [scan] },
  ]
  for (const body of bodies) expect(outcome(await upload(body))).toBe('400 VALIDATION_FAILED')
  expect((await entries()).filter((entry) => entry.schedule_id === scheduleId)).toEqual([])
  const most = { scheduleId, codes: Array.from({ length: 500 }, () => ({ code: 'nonsense', scannedAt: ago(0) })) }
  expect((await upload(most)).json<{ list: unknown[] }>().list).toHaveLength(500)
})
