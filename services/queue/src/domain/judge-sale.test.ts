import { expect, test } from 'vitest'
import { judgeSale, type SaleFacts } from './judge-sale.ts'

const onSale: SaleFacts = {
  status: 'ONGOING',
  eventStatus: 'OPEN',
  saleOpen: true,
  saleEndAt: '2030-04-30T18:00:00+09:00',
  seatsTotal: 100,
  seatsSold: 40,
}
const duringMs = Date.parse('2030-04-01T00:00:00Z')
const afterMs = Date.parse('2030-04-30T18:00:00+09:00')

test.each([
  ['on sale with seats left', {}, duringMs, 'OPEN'],
  ['the last seat sold', { seatsSold: 100 }, duringMs, 'SOLD_OUT'],
  ['a schedule whose seats have not been made', { seatsTotal: 0, seatsSold: 0 }, duringMs, 'OPEN'],
  ['the sale window over', { saleOpen: false }, afterMs, 'SALE_ENDED'],
  ['sold out and the sale window over', { saleOpen: false, seatsSold: 100 }, afterMs, 'SALE_ENDED'],
  ['before the sale', { saleOpen: false, status: 'UPCOMING' }, duringMs, 'LEAVE'],
  ['not yet published', { saleOpen: false, eventStatus: 'PREPARING' }, duringMs, 'LEAVE'],
  ['the event service’s clock behind: it still sells', {}, afterMs, 'OPEN'],
  ['the show over', { status: 'ENDED', saleOpen: false }, duringMs, 'SALE_ENDED'],
  ['the schedule cancelled', { status: 'CANCELLED', saleOpen: false }, duringMs, 'CANCELLED'],
  ['the event cancelled, sold out or not', { eventStatus: 'CANCELLED', seatsSold: 100 }, afterMs, 'CANCELLED'],
] as const)('%s', (_, changes, nowMs, verdict) => {
  expect(judgeSale({ ...onSale, ...changes }, nowMs)).toBe(verdict)
})
