import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import type { EntryAnswer } from '../domain/describe-entry.ts'
import { asPerson, outcome } from '../test-buyers.ts'
import { testReservationService } from '../test-reservation-service.ts'
import { waitingListOf } from '../test-waiting-list.ts'

const service = await testReservationService()
const { soldOut, giveBack, waiting, leave, passOn } = waitingListOf(service)
const list = async (userId: string, query = '') =>
  service.read({ headers: asPerson(userId) }, `/reservations/waiting-list${query}`)
interface Page {
  list: EntryAnswer[]
  page: number
  size: number
  totalElements: number
}

test('a person sees all their own places, newest first, with what is offered, and nobody else’s', async () => {
  const userId = uuidv7()
  const [first, second, third] = [await soldOut(), await soldOut(), await soldOut()]
  const left = await waiting(first.scheduleId, {}, userId)
  await leave(left)
  const offered = await waiting(second.scheduleId, { grade: 'S' }, userId)
  await waiting(third.scheduleId)
  const behind = await waiting(third.scheduleId, {}, userId)
  await giveBack(second.ticket())
  await passOn(second.scheduleId)

  const page = (await list(userId)).json<Page>()
  expect(page).toMatchObject({ page: 0, size: 20, totalElements: 3 })
  expect(page.list.map(({ entryId, status, rank }) => [entryId, status, rank])).toEqual([
    [behind.entryId, 'WAITING', 2],
    [offered.entryId, 'OFFERED', null],
    [left.entryId, 'LEFT', null],
  ])
  expect(page.list.map(({ offer }) => offer?.seats.map((seat) => seat.seatId) ?? null)).toEqual([
    null,
    second.ticket().seatIds,
    null,
  ])
  const pages = await Promise.all([0, 1, 2].map(async (n) => (await list(userId, `?size=2&page=${n}`)).json<Page>()))
  expect(pages.flatMap((one) => one.list)).toEqual(page.list)
})

test('who waits for nothing gets an empty page, and pages have bounds', async () => {
  const userId = uuidv7()
  expect((await list(userId)).json()).toEqual({ list: [], page: 0, size: 20, totalElements: 0 })
  for (const query of ['size=0', 'size=101', 'page=-1', 'page=10001', 'size=x'])
    expect(outcome(await list(userId, `?${query}`))).toBe('400 VALIDATION_FAILED')
  expect(outcome(await service.read({ headers: {} }, '/reservations/waiting-list'))).toBe('401 UNAUTHENTICATED')
})
