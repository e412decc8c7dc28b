import { randomUUID } from 'node:crypto'
import type { RedisClient } from '@ticket-queue/redis'
import { testRedis } from '@ticket-queue/testing'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { commitHold } from './commit-hold.ts'
import { holdBest, type OfferedSegment } from './hold-best.ts'
import { holdSeats } from './hold-seats.ts'
import { heldSeatsKey, holdKey, tentativeSeatsKey } from './keys.ts'

const redis = testRedis()
const connections = [redis, redis.duplicate(), redis.duplicate(), redis.duplicate()]
afterAll(() => Promise.all(connections.slice(1).map((connection) => connection.close())))

/** A row as text: `.` offered, `x` somebody's, `?` only being written, `-` gone, `~` kept back and free. */
const rowOf = (text: string, nearest = (text.length - 1) / 2): OfferedSegment & { text: string } => ({
  text,
  nearest,
  seats: [...text].map((state) => ({
    id: randomUUID(),
    state: state === '-' ? 'GONE' : state === '~' ? 'KEPT_BACK' : 'OFFERED',
  })),
})
const scene = async (...rows: ReturnType<typeof rowOf>[]) => {
  const scheduleId = randomUUID()
  const seatsOf = (states: string) =>
    rows.flatMap(({ text, seats }) => seats.filter((_, place) => states.includes(text[place] ?? '')))
  const reservationId = randomUUID()
  for (const seat of seatsOf('x?')) await holdSeats(redis, { scheduleId, reservationId, seatIds: [seat.id] })
  for (const seat of seatsOf('x'))
    await commitHold(redis, { scheduleId, reservationId, seatIds: [seat.id], remainingMs: 60_000 })
  return { scheduleId, rows }
}
type Scene = Awaited<ReturnType<typeof scene>>
type Options = Partial<Pick<Parameters<typeof holdBest>[1], 'manner' | 'singles'>>

/** The rows after somebody has asked, with `o` for what was given; `none` or `tentative` if nothing was. */
const ask = async ({ scheduleId, rows }: Scene, count: number, options: Options = {}, connection = redis) => {
  const reservationId = randomUUID()
  const wish = { manner: 'together', singles: 'avoided', ...options } as const
  const held = await holdBest(connection, { scheduleId, reservationId, count, ...wish, segments: rows })
  if (held.outcome !== 'held') return held.outcome
  const given = new Set(held.seatIds)
  expect(given.size).toBe(count)
  return rows.map(({ text, seats }) =>
    [...text].map((state, place) => (given.has(seats[place]?.id ?? '') ? 'o' : state)).join(''),
  )
}

describe('the best seats', () => {
  test.each([
    ['together', [rowOf('.x.x'), rowOf('......')]],
    ['apart', [rowOf('x.xx'), rowOf('...')]],
  ] as const)(
    '%s are the same ones for a call that is sent again after its connection was lost',
    async (manner, rows) => {
      const { scheduleId } = await scene(...rows)
      const call = {
        scheduleId,
        reservationId: randomUUID(),
        count: 2,
        manner,
        singles: 'allowed',
        segments: rows,
      } as const
      const [first, again] = [await holdBest(redis, call), await holdBest(redis, call)]
      if (first.outcome !== 'held' || again.outcome !== 'held') throw new Error('nothing was held')
      expect(again.seatIds.toSorted()).toEqual(first.seatIds.toSorted())
      const others = rows.flatMap(({ text, seats }) => seats.filter((_, place) => text[place] === 'x'))
      expect(await redis.client.scard(heldSeatsKey(scheduleId))).toBe(2 + others.length)
    },
  )

  test('are held for the reservation for 15 s, tentatively, and listed', async () => {
    const one = await scene(rowOf('....'))
    const reservationId = randomUUID()
    const wish = { count: 2, manner: 'together', singles: 'avoided' } as const
    const held = await holdBest(redis, { scheduleId: one.scheduleId, reservationId, ...wish, segments: one.rows })
    if (held.outcome !== 'held') throw new Error('nothing was held')
    const [seconds] = await redis.client.time()
    expect(held.expiresAtMs / 1_000 - Number(seconds)).toBeGreaterThan(13)
    expect(held.expiresAtMs / 1_000 - Number(seconds)).toBeLessThanOrEqual(16)
    for (const seatId of held.seatIds)
      expect(await redis.client.get(holdKey(one.scheduleId, seatId))).toBe(reservationId)
    expect((await redis.client.smembers(heldSeatsKey(one.scheduleId))).sort()).toEqual(held.seatIds.toSorted())
    expect(await redis.client.zcard(tentativeSeatsKey(one.scheduleId))).toBe(2)
    const met = await holdSeats(redis, { ...one, reservationId: randomUUID(), seatIds: held.seatIds })
    expect(met.outcome).toBe('tentative')
    const committed = await commitHold(redis, { ...one, reservationId, seatIds: held.seatIds, remainingMs: 60_000 })
    expect(committed.outcome).toBe('committed')
  })

  test.each([
    ['in the middle of the row', 3, '.........', '...ooo...'],
    ['in places that leave no rest for groups of the same size', 4, '............', '....oooo....'],
    ['beside what is taken', 2, '...xx......', '...xxoo....'],
    ['where they fit exactly', 2, '.....x..x......', '.....xoox......'],
    ['never over what is gone or kept back', 3, '..-..~...', '..-..~ooo'],
    ['beside a free seat that is kept back, which is then no single one', 2, 'x..~x', 'xoo~x'],
  ])('lie %s', async (_where, count, before, after) => {
    expect(await ask(await scene(rowOf(before)), count, { singles: 'allowed' })).toEqual([after])
  })

  test('are those of the first row that has room', async () => {
    const rows = [rowOf('x.x.'), rowOf('..x.'), rowOf('....')]
    expect(await ask(await scene(...rows), 2)).toEqual(['x.x.', 'oox.', '....'])
  })

  test('leave no single seat where that is to be avoided', async () => {
    const rows = () => [rowOf('x...x'), rowOf('x....x')]
    expect(await ask(await scene(...rows()), 2)).toEqual(['x...x', 'xoo..x'])
    expect(await ask(await scene(...rows()), 2, { singles: 'allowed' })).toEqual(['xoo.x', 'x....x'])
    expect(await ask(await scene(rowOf('x...x')), 2)).toBe('none')
  })

  test('lie apart if asked for, in groups as large as possible, all or none', async () => {
    const rows = () => [rowOf('x..x.x'), rowOf('.x.xx')]
    expect(await ask(await scene(...rows()), 4)).toBe('none')
    expect(await ask(await scene(...rows()), 3, { manner: 'apart' })).toEqual(['xooxox', '.x.xx'])
    expect(await ask(await scene(...rows()), 4, { manner: 'apart' })).toEqual(['xooxox', '.xoxx'])
    const few = await scene(rowOf('x.x'), rowOf('.xx'))
    expect(await ask(few, 3, { manner: 'apart', singles: 'allowed' })).toBe('none')
    expect(await redis.client.scard(heldSeatsKey(few.scheduleId))).toBe(4)
  })

  test('that lie apart and are too few are named, so that further segments can make up for the others', async () => {
    const one = await scene(rowOf('x.xx'), rowOf('?xxx'), rowOf('xxxx'), rowOf('xx.x'))
    const name = async (count: number, rows: readonly number[]) => {
      const wish = { reservationId: randomUUID(), count, manner: 'apart', singles: 'allowed' } as const
      const segments = rows.flatMap((row) => one.rows[row] ?? [])
      const { outcome, seatIds } = await holdBest(redis, { scheduleId: one.scheduleId, ...wish, segments })
      return [outcome, ...one.rows.map(({ seats }) => seats.findIndex(({ id }) => seatIds.includes(id)))]
    }
    expect(await name(3, [0, 1, 2])).toEqual(['none', 1, 0, -1, -1])
    expect(await name(3, [0, 1, 3])).toEqual(['tentative', 1, -1, -1, 2])
    expect(await name(2, [0, 2])).toEqual(['none', 1, -1, -1, -1])
    expect(await name(2, [0, 3])).toEqual(['held', 1, -1, -1, 2])
  })

  test.each([
    ['there would be room if what is being written came to nothing', ['x??x'], 2, {}, 'tentative'],
    ['that would leave a single seat, which is to be avoided', ['x.??x'], 2, {}, 'none'],
    ['that would do where a single seat may be left', ['x.??x'], 2, { singles: 'allowed' }, 'tentative'],
    ['it would not be side by side', ['?x?'], 2, {}, 'none'],
    ['it would do apart', ['?x.', 'x?'], 3, { manner: 'apart' }, 'tentative'],
    ['others have room', ['x??x', 'x..x'], 2, {}, ['x??x', 'xoox']],
  ] as const)('are told apart from none: %s', async (_what, texts, count, options, told) => {
    expect(await ask(await scene(...texts.map((text) => rowOf(text))), count, options)).toEqual(told)
  })
})

const runsOf = (row: string) => [...row.matchAll(/[.~]+/g)].map(([run]) => run.length)
const singlesIn = (row: string) => runsOf(row).filter((length) => length === 1).length

test('whatever is taken: a group is side by side, only of what is offered, and leaves no new single seat', async () => {
  const row = fc.stringMatching(/^[.x~-]{1,12}$/)
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 4 }),
      async (texts, count) => {
        const after = await ask(await scene(...texts.map((text) => rowOf(text))), count)
        const isPossible = texts.some((text) => canTake(text, count))
        expect(after !== 'none').toBe(isPossible)
        if (typeof after === 'string') return
        const [given = '', ...others] = after.filter((one) => one.includes('o'))
        expect(others).toEqual([])
        expect(given).toContain('o'.repeat(count))
        const before = texts[after.indexOf(given)] ?? ''
        for (const [place, state] of [...given].entries()) if (state === 'o') expect(before[place]).toBe('.')
        expect(singlesIn(given)).toBeLessThanOrEqual(singlesIn(before))
        for (const text of texts.slice(0, after.indexOf(given))) expect(canTake(text, count)).toBe(false)
      },
    ),
    { numRuns: 150 },
  )
})

/** By trying every place. */
const canTake = (text: string, count: number) =>
  [...text].some((_, from) => {
    const after = `${text.slice(0, from)}${'o'.repeat(count)}${text.slice(from + count)}`
    return (
      /^\.+$/.test(text.slice(from, from + count)) &&
      after.length === text.length &&
      singlesIn(after) <= singlesIn(text)
    )
  })

/** Everybody asks at once over several connections; gives how many groups were given and how often the most given seat was. */
async function race(hold: typeof holdBest, counts: readonly number[], rows: OfferedSegment[]) {
  const scheduleId = randomUUID()
  const given = await Promise.all(
    counts.map(async (count, index) => {
      const connection = connections[index % connections.length] ?? redis
      const wish = { count, manner: 'together', singles: 'avoided', segments: rows } as const
      const held = await hold(connection, { scheduleId, reservationId: randomUUID(), ...wish })
      return held.outcome === 'held' ? held.seatIds : []
    }),
  )
  const bySeat = Map.groupBy(given.flat(), (seatId) => seatId)
  const most = Math.max(...[...bySeat.values()].map((owners) => owners.length))
  return { groups: given.filter((ids) => ids.length > 0).length, seats: bySeat.size, most }
}

describe('many at once', () => {
  const rows = (count: number, length: number) => Array.from({ length: count }, () => rowOf('.'.repeat(length)))

  test('fill a hall to the last seat in groups, and no seat is given to two', async () => {
    expect(await race(holdBest, Array(100).fill(3), rows(10, 30))).toEqual({ groups: 100, seats: 300, most: 1 })
  })

  test('control: looking first and holding then gives seats to several', async () => {
    const lookThenHold = async (
      connection: RedisClient,
      { scheduleId, reservationId, count, segments }: Parameters<typeof holdBest>[1],
    ) => {
      const seatIds = segments.flatMap((segment) => segment.seats.map((seat) => seat.id))
      const owners = await connection.client.mget(seatIds.map((id) => holdKey(scheduleId, id)))
      const free = seatIds.filter((_, index) => owners[index] === null).slice(0, count)
      for (const id of free) await connection.client.set(holdKey(scheduleId, id), reservationId, 'PX', 15_000)
      return { outcome: 'held' as const, expiresAtMs: 0, seatIds: free }
    }
    expect((await race(lookThenHold, Array(100).fill(3), rows(10, 30))).most).toBeGreaterThan(1)
  })
})
