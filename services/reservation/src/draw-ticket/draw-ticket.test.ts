import { ticketKeySetSchema, verifyTicketCode } from '@ticket-queue/contracts/ticket'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { outcome } from '../test-buyers.ts'
import { testReservationService } from '../test-reservation-service.ts'
import { readPng, readSvg, ticketsOf } from '../test-tickets.ts'
import { ticketAnswerSchema } from './draw-ticket.route.ts'

const service = await testReservationService()
const { app, db, scene, held, admitOne, reservation } = service
const { bought, draw, admit } = ticketsOf(service)
const publishedKeys = async () => {
  const answer = await app.inject({ url: '/reservations/tickets/keys' })
  return ticketKeySetSchema.parse(answer.json()).keys
}

test('the drawn PNG is read by an independent reader, verified with the published key alone, and lets its holder in', async () => {
  const ticket = await bought(2)
  const { scheduleId, ticketNumber, seatId, buyer } = ticket
  const answer = await draw(ticket, buyer, '?format=png')
  expect(answer.headers).toMatchObject({ 'content-type': 'image/png', 'cache-control': 'no-store', vary: 'accept' })
  const found = readPng(answer.rawPayload)
  expect(found?.version).toBe(7)
  const code = found?.data ?? ''
  const verdict = await verifyTicketCode(code, { publicKeys: await publishedKeys(), nowMs: Date.now(), scheduleId })
  expect(verdict).toMatchObject({ ok: true, facts: { ticketNumber, seatId, scheduleId } })
  expect(outcome(await admit({ code, scheduleId }))).toBe('200')
})

test('the drawn SVG says the same as the JSON, and is named for who does not see it', async () => {
  const ticket = await bought()
  const [svg, json] = [await draw(ticket, ticket.buyer), await draw(ticket, ticket.buyer, '?format=json')]
  expect(svg.headers).toMatchObject({ 'content-type': 'image/svg+xml', 'cache-control': 'no-store' })
  const { seat, code, askAgainAt } = ticketAnswerSchema.parse(json.json())
  expect(svg.body).toContain(`<title>${ticket.ticketNumber} ${seat.seatNumber}</title>`)
  const later = ticketAnswerSchema.parse((await draw(ticket, ticket.buyer, '?format=json')).json())
  const known = new Map([
    [askAgainAt, code],
    [later.askAgainAt, later.code],
  ])
  expect([...known.values()]).toContain(readSvg(svg.body)?.data)
})

test('a code is of the 30 s of the database’s clock, and says when it ends and when to ask again', async () => {
  const ticket = await bought()
  const databaseMs = async () => {
    const { now } = await db
      .selectNoFrom((select) => select.fn<Date>('clock_timestamp').as('now'))
      .executeTakeFirstOrThrow()
    return now.getTime()
  }
  const before = await databaseMs()
  const answer = await draw(ticket, ticket.buyer, '?format=json')
  const after = await databaseMs()
  const body = ticketAnswerSchema.parse(answer.json())
  const verdict = await verifyTicketCode(body.code, { ...ticket, publicKeys: await publishedKeys(), nowMs: after })
  if (!verdict.ok) throw new Error(`a fresh code was refused: ${verdict.refused}`)
  const endsMs = (verdict.facts.slot + 1) * 30_000
  expect(verdict.facts.slot).toBeGreaterThanOrEqual(Math.floor(before / 30_000))
  expect(verdict.facts.slot).toBeLessThanOrEqual(Math.floor(after / 30_000))
  expect(body.askAgainAt).toBe(new Date(endsMs).toISOString())
  expect(body.goodUntil).toBe(new Date(endsMs + 30_000).toISOString())
  expect(endsMs - body.askAgainAfterMs).toBeGreaterThanOrEqual(before - 1)
  expect(endsMs - body.askAgainAfterMs).toBeLessThanOrEqual(after)
  expect(Number(answer.headers['x-ask-again-after-ms'])).toBe(body.askAgainAfterMs)
})

test('each seat has a ticket of its own; the first by seat number is the one that is drawn unasked', async () => {
  const ticket = await bought(4)
  const codes = new Set<string>()
  for (const seatId of ticket.seatIds) {
    const { seat, code } = ticketAnswerSchema.parse(
      (await draw(ticket, ticket.buyer, `?format=json&seat=${seatId.toUpperCase()}`)).json(),
    )
    expect(seat.seatId).toBe(seatId)
    codes.add(code)
    expect(outcome(await admit({ code, scheduleId: ticket.scheduleId, gate: 'North' }))).toBe('200')
  }
  expect(codes.size).toBe(4)
  const unasked = ticketAnswerSchema.parse((await draw(ticket, ticket.buyer, '?format=json')).json())
  expect(unasked.seat.seatId).toBe(ticket.seatIds[0])
  expect(unasked.enteredAt).not.toBeNull()
})

test.each([
  ['image/png', '', 'image/png'],
  ['image/avif,image/webp,image/svg+xml,image/*,*/*;q=0.8', '', 'image/svg+xml'],
  ['application/json, text/plain, */*', '', 'application/json; charset=utf-8'],
  ['*/*', '', 'image/svg+xml'],
  ['image/png;q=0.9', '?format=json', 'application/json; charset=utf-8'],
])('Accept: %s with "%s" is answered with %s', async (accept, query, type) => {
  const ticket = await bought()
  const headers = { ...ticket.buyer.headers, accept }
  expect((await draw(ticket, { headers }, query)).headers['content-type']).toBe(type)
})

test('there is no ticket for what is unpaid, cancelled, somebody else’s, unknown, or of a foreign seat, and no telling which', async () => {
  const { schedule, buyer, seatIds } = await scene(1)
  const unpaid = await held(buyer, seatIds)
  const [mine, others, given] = [await bought(), await bought(), await bought()]
  await db
    .updateTable('reservations')
    .set({ status: 'CANCELLED', cancelled_at: new Date(), cancel_reason: 'USER_CANCELLED' })
    .where('id', '=', given.reservationId)
    .execute()
  const answers = [
    await draw(unpaid, buyer),
    await draw(given, given.buyer),
    await draw(others, mine.buyer),
    await draw(others, await admitOne(schedule), '?format=png'),
    await draw({ reservationId: uuidv7() }, mine.buyer),
    await draw(mine, mine.buyer, `?seat=${others.seatId}`),
  ]
  for (const answer of answers) expect(outcome(answer)).toBe('404 TICKET_NOT_FOUND')
  expect((await reservation(given.reservationId)).ticket_number).not.toBeNull()
  expect(outcome(await draw(mine, { headers: {} }))).toBe('401 UNAUTHENTICATED')
  expect(outcome(await draw(mine, mine.buyer, '?seat=A-1'))).toBe('400 VALIDATION_FAILED')
  expect(outcome(await draw(mine, mine.buyer, '?format=gif'))).toBe('400 VALIDATION_FAILED')
})
