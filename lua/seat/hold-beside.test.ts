import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { commitHold } from './commit-hold.ts'
import { holdBeside } from './hold-beside.ts'
import { holdSeats } from './hold-seats.ts'
import { holdKey } from './keys.ts'

const redis = testRedis()
const connections = [redis, redis.duplicate(), redis.duplicate()]
const scene = () => {
  const [scheduleId = '', reservationId = '', other = '', a = '', b = '', c = ''] = Array.from(
    { length: 6 },
    randomUUID,
  )
  return { scheduleId, reservationId, other, a, b, c }
}
const free = (seatId: string) => ({ seatId, isTaken: false })
const taken = (seatId: string) => ({ seatId, isTaken: true })

test('holds as holding does while the seats beside are as seen, and otherwise nothing', async () => {
  const { scheduleId, reservationId, other, a, b, c } = scene()
  await holdSeats(redis, { scheduleId, reservationId: other, seatIds: [c] })
  const choice = { scheduleId, reservationId, seatIds: [a] }
  for (const beside of [[taken(b), taken(c)], [free(b), free(c)], [free(c)]]) {
    expect(await holdBeside(redis, { ...choice, beside })).toEqual({ outcome: 'changed' })
    expect(await redis.client.get(holdKey(scheduleId, a))).toBeNull()
  }
  expect((await holdBeside(redis, { ...choice, beside: [free(b), taken(c)] })).outcome).toBe('held')
  expect(await redis.client.get(holdKey(scheduleId, a))).toBe(reservationId)
  expect(await holdBeside(redis, { ...choice, seatIds: [c], beside: [free(b)] })).toMatchObject({
    outcome: 'tentative',
  })
  await commitHold(redis, { scheduleId, reservationId: other, seatIds: [c], remainingMs: 60_000 })
  expect(await holdBeside(redis, { ...choice, seatIds: [b, c], beside: [] })).toEqual({
    outcome: 'taken',
    seatIds: [c],
  })
  expect(await redis.client.get(holdKey(scheduleId, b))).toBeNull()
})

test('what the reservation itself holds beside counts as free, and no seats to hold only asks', async () => {
  const { scheduleId, reservationId, a, b } = scene()
  await holdSeats(redis, { scheduleId, reservationId, seatIds: [a] })
  const asking = { scheduleId, reservationId, seatIds: [] }
  expect((await holdBeside(redis, { ...asking, beside: [free(a), free(b)] })).outcome).toBe('held')
  expect((await holdBeside(redis, { ...asking, beside: [taken(a)] })).outcome).toBe('changed')
})

test('of two who would leave a single seat between them only one holds; without the seats beside, both', async () => {
  const race = async (isGuarded: boolean) => {
    const { scheduleId, a, b, c } = scene()
    const both = [
      { seatIds: [a], beside: [free(b), free(c)] },
      { seatIds: [c], beside: [free(b), free(a)] },
    ]
    const held = await Promise.all(
      both.map(({ seatIds, beside }, index) =>
        holdBeside(connections[index] ?? redis, {
          scheduleId,
          reservationId: randomUUID(),
          seatIds,
          beside: isGuarded ? beside : [],
        }),
      ),
    )
    return held.map(({ outcome }) => outcome).toSorted()
  }
  for (let round = 0; round < 20; round += 1) expect(await race(true)).toEqual(['changed', 'held'])
  expect(await race(false)).toEqual(['held', 'held'])
})
