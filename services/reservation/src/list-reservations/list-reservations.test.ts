import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { asPerson, outcome } from '../test-buyers.ts'
import { testReservationService } from '../test-reservation-service.ts'

const { scene, admitOne, held, release, read } = await testReservationService()

interface Page {
  list: { reservationId: string; seats: unknown[]; status: string }[]
  page: number
  size: number
  totalElements: number
}

test('a person sees all their own reservations, newest first, each with its seats, and nobody else’s', async () => {
  const { schedule, buyer, seatIds } = await scene(8)
  await held(await admitOne(schedule), seatIds.slice(6))
  const made = []
  for (let index = 0; index < 3; index += 1) {
    const one = await held(buyer, seatIds.slice(0, index + 1))
    made.unshift(one)
    if (index < 2) await release(buyer, one.reservationId)
  }
  const response = await read(buyer, '/reservations')
  expect(outcome(response)).toBe('200')
  const page = response.json<Page>()
  expect(page).toMatchObject({ page: 0, size: 20, totalElements: 3 })
  expect(page.list.map((one) => one.reservationId)).toEqual(made.map((one) => one.reservationId))
  expect(page.list.map((one) => one.seats)).toEqual(made.map((one) => one.seats))
  expect(page.list.map((one) => one.status)).toEqual(['PENDING', 'CANCELLED', 'CANCELLED'])
  expect((await read(buyer, `/reservations/${made[0]?.reservationId}`)).json()).toEqual(page.list[0])
})

test('pages follow each other without gap or repeat, and one past the end is empty', async () => {
  const { buyer, seatIds } = await scene(4)
  const ids: string[] = []
  for (let index = 0; index < 5; index += 1) {
    const { reservationId } = await held(buyer, seatIds.slice(0, 1))
    await release(buyer, reservationId)
    ids.unshift(reservationId)
  }
  const pages = await Promise.all(
    [0, 1, 2, 3].map(async (page) => (await read(buyer, `/reservations?page=${page}&size=2`)).json<Page>()),
  )
  expect(pages.flatMap((page) => page.list.map((one) => one.reservationId))).toEqual(ids)
  expect(pages.map((page) => [page.list.length, page.page, page.size, page.totalElements])).toEqual([
    [2, 0, 2, 5],
    [2, 1, 2, 5],
    [1, 2, 2, 5],
    [0, 3, 2, 5],
  ])
})

test('who has bought nothing gets an empty page', async () => {
  const nobody = { headers: asPerson(uuidv7()) }
  expect((await read(nobody, '/reservations')).json()).toEqual({ list: [], page: 0, size: 20, totalElements: 0 })
})

test('pages have bounds', async () => {
  const somebody = { headers: asPerson(uuidv7()) }
  for (const query of ['size=0', 'size=101', 'page=-1', 'page=10001', 'size=x', 'page=1.5'])
    expect(outcome(await read(somebody, `/reservations?${query}`))).toBe('400 VALIDATION_FAILED')
  for (const query of ['size=1', 'size=100', 'page=10000'])
    expect(outcome(await read(somebody, `/reservations?${query}`))).toBe('200')
  expect(outcome(await read({ headers: {} }, '/reservations'))).toBe('401 UNAUTHENTICATED')
})
