import { randomBytes, randomUUID } from 'node:crypto'
import { isUniqueViolation } from '@ticket-queue/database'
import { waitUntil } from '@ticket-queue/testing'
import { type Kysely, sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { outcomeOf, testRoles } from './test-roles.ts'
import { insertDraw, insertRosterPart } from './test-rows.ts'

const { owner, as } = await testRoles()
const refused = '23514'
const hash = () => randomBytes(32).toString('hex')

const quoted = (value: unknown) => (value === null ? 'NULL' : `'${value}'`)
const change = (drawId: string, changes: Record<string, unknown>, db: Kysely<Record<never, never>> = as.queue) => {
  const assignments = Object.entries(changes).map(([column, value]) => `${column} = ${quoted(value)}`)
  return outcomeOf(db, `UPDATE queue_service.draws SET ${assignments.join(', ')} WHERE id = '${drawId}'`)
}

const closed = (count: number) => ({
  status: 'CLOSED',
  closed_at: '2100-01-01T12:00:00.000Z',
  entrant_count: count,
  roster_digest: hash(),
})
const beacon = { beacon_source: 'drand:52db9ba7', beacon_reference: '31819022' }
const drawn = () => ({ status: 'DRAWN', draw_key: hash() })

/** A draw with a beacon and a roster of three, in the state that is asked for. */
const drawIn = async (status: 'COMMITTED' | 'CLOSED' | 'DRAWN' | 'PUBLISHED' | 'VOID'): Promise<string> => {
  const id = await insertDraw(as.queue, beacon)
  await insertRosterPart(as.queue, id, 0, 3)
  const steps = {
    COMMITTED: [],
    CLOSED: [closed(3)],
    DRAWN: [closed(3), { ...drawn(), beacon_value: hash() }],
    PUBLISHED: [closed(3), { ...drawn(), beacon_value: hash() }, { status: 'PUBLISHED', published_at: '2100-01-02' }],
    VOID: [{ status: 'VOID', void_reason: 'the show is cancelled' }],
  }[status]
  for (const step of steps) expect(await change(id, step)).toBe(1)
  return id
}

describe('what was committed to', () => {
  const committed = {
    schedule_id: randomUUID(),
    committed_at: '2000-01-01',
    opens_at: '2100-01-01T10:00:00Z',
    closes_at: '2100-01-01T11:59:00Z',
    beacon_source: 'bitcoin',
    beacon_reference: '1',
    commitment: hash(),
    seed: hash(),
    salt: hash(),
  }

  test.for(['COMMITTED', 'CLOSED', 'DRAWN', 'PUBLISHED', 'VOID'] as const)(
    'stays as it is while %s, for the service and for the owner',
    async (status) => {
      const id = await drawIn(status)
      for (const [column, value] of Object.entries(committed)) {
        expect(await change(id, { [column]: value }), column).toBe(refused)
        expect(await change(id, { [column]: value }, owner), column).toBe(refused)
      }
      expect(await outcomeOf(owner, `DELETE FROM queue_service.draws WHERE id = '${id}'`)).toBe(refused)
    },
  )

  test('is dated by the database: nobody commits in the past or ahead of time', async () => {
    for (const committed_at of [sql`now() - interval '2 minutes'`, sql`now() + interval '1 minute'`]) {
      await expect(insertDraw(as.queue, { committed_at })).rejects.toMatchObject({ code: refused })
    }
  })

  test('is there before the pre-queue opens', async () => {
    await expect(insertDraw(as.queue, { opens_at: sql`now()` })).rejects.toMatchObject({ code: refused })
  })

  test('has no other beginning: a draw that was never committed to cannot be written', async () => {
    await expect(insertDraw(as.queue, { ...closed(0), ...drawn() })).rejects.toMatchObject({ code: refused })
  })
})

test('a closed roster, a key and a publication never change', async () => {
  const id = await drawIn('PUBLISHED')
  const changes = {
    closed_at: '2100-01-03',
    entrant_count: 4,
    roster_digest: hash(),
    beacon_value: hash(),
    draw_key: hash(),
    published_at: '2100-01-03',
  }
  for (const [column, value] of Object.entries(changes)) {
    expect(await change(id, { [column]: value }), column).toBe(refused)
  }
})

test.for([
  [
    'COMMITTED',
    { ...drawn(), ...closed(3), beacon_value: hash(), status: 'DRAWN' },
    'drawn before its beacon can be known',
  ],
  ['CLOSED', drawn(), 'drawn without the value of its beacon'],
  ['CLOSED', { status: 'COMMITTED', closed_at: null, entrant_count: null, roster_digest: null }, 'opened again'],
  ['DRAWN', { status: 'VOID', void_reason: 'another order, please' }, 'voided once its order is known'],
  ['DRAWN', { status: 'CLOSED', draw_key: null, beacon_value: null }, 'drawn again'],
  ['PUBLISHED', { status: 'VOID', void_reason: 'another order, please' }, 'voided once it is published'],
  ['VOID', { status: 'COMMITTED', voided_at: null, void_reason: null }, 'revived'],
] as const)('a %s draw with %o is refused: %s', async ([status, changes]) => {
  expect(await change(await drawIn(status), changes)).toBe(refused)
})

test('without a beacon a draw is closed and drawn in one step, so that it cannot be dropped in between', async () => {
  const id = await insertDraw(as.queue)
  await insertRosterPart(as.queue, id, 0, 2)
  expect(await change(id, closed(2))).toBe(refused)
  expect(await change(id, { ...closed(2), ...drawn() })).toBe(1)
})

describe('the roster', () => {
  test('has as many entrants as the draw says, without a gap', async () => {
    for (const [parts, count] of [
      [[[0, 3]], 4],
      [
        [
          [0, 3],
          [4, 1],
        ],
        4,
      ],
      [
        [
          [0, 3],
          [2, 1],
        ],
        4,
      ],
      [[[1, 3]], 3],
      [[], 1],
    ] as const) {
      const id = await insertDraw(as.queue, beacon)
      for (const [firstIndex, size] of parts) await insertRosterPart(as.queue, id, firstIndex, size)
      expect(await change(id, closed(count)), JSON.stringify(parts)).toBe(refused)
    }
    const id = await insertDraw(as.queue, beacon)
    await insertRosterPart(as.queue, id, 3, 1)
    await insertRosterPart(as.queue, id, 0, 3)
    expect(await change(id, closed(4))).toBe(1)
  })

  test('of nobody is a roster too', async () => {
    expect(await change(await insertDraw(as.queue, beacon), closed(0))).toBe(1)
  })

  test('never changes, and grows no more once the draw is closed or void', async () => {
    const part = 'queue_service.draw_roster_parts'
    const open = await drawIn('COMMITTED')
    expect(await outcomeOf(as.queue, `UPDATE ${part} SET first_index = 9 WHERE draw_id = '${open}'`)).toBe(refused)
    expect(await outcomeOf(owner, `DELETE FROM ${part} WHERE draw_id = '${open}'`)).toBe(refused)
    for (const status of ['CLOSED', 'DRAWN', 'VOID'] as const) {
      await expect(insertRosterPart(as.queue, await drawIn(status), 3, 1)).rejects.toMatchObject({ code: refused })
    }
  })

  /** What becomes of closing a draw of three while another transaction adds a fourth entrant and commits. */
  const closeBesideAnAddition = async (): Promise<string | number> => {
    const id = await insertDraw(as.queue, beacon)
    await insertRosterPart(as.queue, id, 0, 3)
    let outcome: string | number | undefined
    let closing: Promise<void> | undefined
    await as.queue.transaction().execute(async (trx) => {
      await insertRosterPart(trx, id, 3, 1)
      closing = change(id, closed(3)).then((settled) => {
        outcome = settled
      })
      await waitUntil(async () => outcome !== undefined || (await isAnybodyBlocked()))
    })
    await closing
    return outcome ?? 'unsettled'
  }

  const isAnybodyBlocked = async (): Promise<boolean> => {
    const { rows } = await sql`
      SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`.execute(owner)
    return rows.length > 0
  }

  test('is closed with what another transaction was adding meanwhile, or not at all', async () => {
    expect(await closeBesideAnAddition()).toBe(refused)
  })

  test('is kept whole by the lock: without it the draw closes without the fourth', async () => {
    const { rows } = await sql<{ text: string }>`
      SELECT pg_get_functiondef('queue_service.guard_roster_part'::regproc) AS text`.execute(owner)
    const text = rows[0]?.text ?? ''
    await sql.raw(text.replace(' FOR UPDATE', '')).execute(owner)
    // The foreign key's own lock lets the draw be updated beside it.
    expect(await closeBesideAnAddition().finally(() => sql.raw(text).execute(owner))).toBe(1)
  })
})

describe('a schedule has one draw', () => {
  const oneLive = (error: unknown) => isUniqueViolation(error, 'draws_one_live')

  test('while it lives and for good once it was drawn', async () => {
    const schedule_id = randomUUID()
    await insertDraw(as.queue, { schedule_id })
    await expect(insertDraw(as.queue, { schedule_id })).rejects.toSatisfy(oneLive)
  })

  test('and another only if the first was voided before its pre-queue opened', async () => {
    const schedule_id = randomUUID()
    const id = await insertDraw(as.queue, { schedule_id })
    expect(await change(id, { status: 'VOID', void_reason: 'the sale moves to another day' })).toBe(1)
    await expect(insertDraw(as.queue, { schedule_id })).resolves.toBeTruthy()
  })

  test('never a second once people could enter', async () => {
    const schedule_id = randomUUID()
    const opens_at = sql`now() + interval '5 milliseconds'`
    const id = await insertDraw(as.queue, { schedule_id, opens_at })
    await sql`SELECT pg_sleep(0.02)`.execute(owner)
    expect(await change(id, { status: 'VOID', void_reason: 'another order, please' })).toBe(1)
    await expect(insertDraw(as.queue, { schedule_id })).rejects.toSatisfy(oneLive)
  })
})

test('no two draws share a commitment', async () => {
  const commitment = hash()
  await insertDraw(as.queue, { commitment })
  await expect(insertDraw(as.queue, { commitment })).rejects.toSatisfy((error) =>
    isUniqueViolation(error, 'draws_commitment_unique'),
  )
})
