import { ticketKeySetSchema } from '@ticket-queue/contracts/ticket'
import { expect, test } from 'vitest'
import { newTicketKey, testReservationService } from '../test-reservation-service.ts'

const [current, former] = [newTicketKey('CURRENT'), newTicketKey('FORMER')]
const { app } = await testReservationService({ TICKET_SIGNING_KEYS: JSON.stringify({ keys: [current, former] }) })

test('anybody gets the public halves of all live keys, the signing one first, and nothing to sign with', async () => {
  const answer = await app.inject({ url: '/reservations/tickets/keys' })
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['cache-control']).toBe('public, max-age=300')
  expect(ticketKeySetSchema.parse(answer.json()).keys.map(({ kid, x }) => [kid, x])).toEqual([
    ['CURRENT', current.x],
    ['FORMER', former.x],
  ])
  for (const secret of [current.d, former.d]) expect(answer.body).not.toContain(secret)
})
