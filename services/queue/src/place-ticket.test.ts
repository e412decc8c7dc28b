import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPlaceTickets } from './place-ticket.ts'

const key = (id: string) => ({ id, secret: randomBytes(32) })
const tickets = createPlaceTickets([key('a')])
const owner = () => ({ scheduleId: randomUUID(), userId: randomUUID() })
const facts = { epochUs: 1_795_440_000_000_001, scoreUs: 1_795_440_123_456_789, atMs: 1_795_440_200_000 }

test('a ticket gives its owner back what was signed, to the microsecond', () => {
  const moment = fc.nat({ max: Number.MAX_SAFE_INTEGER })
  fc.assert(
    fc.property(fc.uuid(), fc.uuid(), moment, moment, moment, (scheduleId, userId, epochUs, scoreUs, atMs) => {
      const signed = { epochUs, scoreUs, atMs }
      expect(tickets.read({ scheduleId, userId }, tickets.sign({ scheduleId, userId }, signed))).toEqual(signed)
    }),
  )
})

test('a ticket with any one character changed, added or left out is not ours', () => {
  const who = owner()
  const ticket = tickets.sign(who, facts)
  for (const [index, was] of [...ticket].entries()) {
    const [before, after] = [ticket.slice(0, index), ticket.slice(index + 1)]
    for (const changed of [`${before}${was === 'A' ? 'B' : 'A'}${after}`, before + after, `${before}${was}A${after}`]) {
      expect(tickets.read(who, changed)).toBeNull()
    }
  }
})

test('a ticket is nobody else’s, and no other schedule’s', () => {
  const who = owner()
  const ticket = tickets.sign(who, facts)
  expect(tickets.read({ ...who, userId: randomUUID() }, ticket)).toBeNull()
  expect(tickets.read({ ...who, scheduleId: randomUUID() }, ticket)).toBeNull()
})

test('whatever else is sent is no ticket', () => {
  fc.assert(fc.property(fc.string({ maxLength: 600 }), (text) => tickets.read(owner(), text) === null))
  for (const text of ['', '.', '..', 'e30.', `${tickets.sign(owner(), facts)}.x`]) {
    expect(tickets.read(owner(), text)).toBeNull()
  }
})

test('a ticket signed with a former key is good until that key is given up', () => {
  const [former, current] = [key('former'), key('current')]
  const who = owner()
  const ticket = createPlaceTickets([former]).sign(who, facts)
  expect(createPlaceTickets([current, former]).read(who, ticket)).toEqual(facts)
  expect(createPlaceTickets([current]).read(who, ticket)).toBeNull()
  const fresh = createPlaceTickets([current, former]).sign(who, facts)
  expect(createPlaceTickets([current]).read(who, fresh)).toEqual(facts)
})

test('without a key there are no tickets, and no service', () => {
  expect(() => createPlaceTickets([])).toThrow('no key')
})

test('a ticket is short enough for a query', () => {
  expect(tickets.sign(owner(), facts).length).toBeLessThanOrEqual(320)
})
