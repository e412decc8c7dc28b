import { hash, randomUUID } from 'node:crypto'
import { problemSchema } from '@ticket-queue/contracts/errors'
import { type Proof, proofChallengeSchema, solveProof } from '@ticket-queue/contracts/proof-of-work'
import { admitBatch, newcomersKey, type QueueConfig, queueKey, writeQueueConfig } from '@ticket-queue/lua/queue'
import { emptyRedis, heard, testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEntryProofs } from '../entry-proof.ts'
import { startTestService, type TestService, testKeys } from '../test-queue-service.ts'
import { afterOthers, rush } from '../test-rush.ts'

const redis = testRedis()
let service: TestService
beforeAll(async () => {
  service = await startTestService(redis)
})
afterAll(() => service.close())

const terms = { baseBits: 8, maxBits: 11, freeAccountsPerAddress: 10, onlyCrowded: false }
const proofs = createEntryProofs(testKeys)
let addresses = 0
/** One that no other test comes from. */
const newAddress = () => `2001:db8:0:${(addresses++).toString(16)}::1`

async function openQueue(changes: Partial<QueueConfig> = { proofOfWork: terms }, at = service) {
  const scheduleId = at.openSchedule()
  await writeQueueConfig(redis, scheduleId, changes)
  return scheduleId
}

interface Comer {
  readonly userId: string
  readonly address: string
}
const comer = (address = newAddress()): Comer => ({ userId: randomUUID(), address })

const enter = (
  { userId, address }: Comer,
  body: { scheduleId: string; proof?: Proof; ticket?: string },
  at = service,
) => heard(() => at.as(userId)('POST', '/queue/enter', body, { 'x-forwarded-for': address }))
type Answer = Awaited<ReturnType<typeof enter>>

function solve(challenge: string, difficultyBits: number): Proof {
  const proof = solveProof({ challenge, difficultyBits }, (text) => hash('sha256', text, 'buffer'))
  if (proof === null) throw new Error('not solved')
  return proof
}

/** What is asked for by a PROOF_REQUIRED. */
function askedBy(answer: Answer) {
  expect([answer.statusCode, answer.json().code]).toEqual([403, 'PROOF_REQUIRED'])
  return problemSchema.extend(proofChallengeSchema.shape).parse(answer.json())
}

let working: Promise<unknown> = Promise.resolve()
/** A phone works for itself; here the server stands still meanwhile, so one after the other works, and others are answered in between. */
function workOf(challenge: string, difficultyBits: number): Promise<Proof> {
  const work = working.then(afterOthers).then(() => solve(challenge, difficultyBits))
  working = work
  return work
}

/** As an honest client does: enter, work if asked, enter again. Gives the last answer and the bits asked, 0 for none. */
async function enterHonestly(who: Comer, scheduleId: string) {
  const first = await enter(who, { scheduleId })
  if (first.statusCode !== 403) return { answer: first, bits: 0 }
  const { challenge, difficultyBits } = askedBy(first)
  return {
    answer: await enter(who, { scheduleId, proof: await workOf(challenge, difficultyBits) }),
    bits: difficultyBits,
  }
}

const waiting = (scheduleId: string) => redis.client.zcard(queueKey(scheduleId))

test('a queue asks for no work unless it is told to, however many come from one address', async () => {
  const scheduleId = await openQueue({})
  const address = newAddress()
  const answers = await rush(100, () => enter(comer(address), { scheduleId }))
  expect(answers.every(({ statusCode }) => statusCode === 200)).toBe(true)
  expect(await redis.client.exists(newcomersKey(scheduleId, service.nameNetwork(address)))).toBe(0)
})

test('told to, it asks each newcomer, who holds no place until the work is done', async () => {
  const scheduleId = await openQueue()
  const who = comer()
  const answer = await enter(who, { scheduleId })
  const asked = askedBy(answer)
  expect(asked).toMatchObject({ difficultyBits: 8, algorithm: 'sha256-8-parts' })
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(await waiting(scheduleId)).toBe(0)
  expect((await service.as(who.userId)('GET', `/queue/status?scheduleId=${scheduleId}`)).json().code).toBe('NOT_QUEUED')

  const entered = await enter(who, { scheduleId, proof: solve(asked.challenge, 8) })
  expect([entered.statusCode, entered.json()]).toMatchObject([200, { status: 'WAITING', rank: 1 }])
  expect(await waiting(scheduleId)).toBe(1)
})

test('the work may be done at one address and shown at another, as a phone that leaves its Wi-Fi does', async () => {
  const scheduleId = await openQueue()
  const who = comer()
  const { challenge } = askedBy(await enter(who, { scheduleId }))
  const entered = await enter({ ...who, address: newAddress() }, { scheduleId, proof: solve(challenge, 8) })
  expect(entered.json().rank).toBe(1)
})

describe('400 PROOF_INVALID and no place for', () => {
  const someone = async (scheduleId: string, by: Comer) => askedBy(await enter(by, { scheduleId })).challenge
  test.each<[string, (scheduleId: string, who: Comer) => Promise<Proof>]>([
    ['the work of another account', async (scheduleId) => solve(await someone(scheduleId, comer()), 8)],
    ['work for another schedule', async (_here, who) => solve(await someone(await openQueue(), who), 8)],
    [
      'a challenge made easier',
      async (scheduleId, who) => {
        const [body = '', mac = ''] = (await someone(scheduleId, who)).split('.')
        const facts = { ...JSON.parse(Buffer.from(body, 'base64url').toString()), bits: 3 }
        return solve(`${Buffer.from(JSON.stringify(facts)).toString('base64url')}.${mac}`, 3)
      },
    ],
    ['a challenge nobody has signed', async () => solve('rubbish.rubbish', 8)],
    ['less work than asked', async (scheduleId, who) => solve(await someone(scheduleId, who), 3)],
    ['no work', async (scheduleId, who) => ({ challenge: await someone(scheduleId, who), nonces: Array(8).fill(0) })],
    [
      'work that has expired by the clock of Redis',
      async (scheduleId, who) => {
        const [seconds] = await redis.client.time()
        const nowMs = (Number(seconds) - 181) * 1_000
        return solve(proofs.ask({ scheduleId, userId: who.userId }, { bits: 8, nowMs }).challenge, 8)
      },
    ],
  ])('%s', async (_what, proofOf) => {
    const scheduleId = await openQueue()
    const who = comer()
    const answer = await enter(who, { scheduleId, proof: await proofOf(scheduleId, who) })
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'PROOF_INVALID'])
    expect(await waiting(scheduleId)).toBe(0)
    expect((await enterHonestly(who, scheduleId)).answer.json().rank).toBe(1)
  })

  test('and 400 VALIDATION_FAILED for what is no proof at all', async () => {
    const scheduleId = await openQueue()
    for (const proof of [{}, { challenge: 'x', nonces: [1] }, { challenge: 'x', nonces: Array(8).fill(-1) }, 'work']) {
      const answer = await enter(comer(), { scheduleId, proof: proof as Proof })
      expect([answer.statusCode, answer.json().code]).toEqual([400, 'VALIDATION_FAILED'])
    }
    expect(await waiting(scheduleId)).toBe(0)
  })
})

/** A bot that answers each challenge with rubbish of the right shape. */
async function botsInside(at: TestService): Promise<number> {
  const scheduleId = await openQueue({ proofOfWork: terms }, at)
  for (let bot = 0; bot < 20; bot += 1) {
    const who = comer('203.0.113.9')
    const { challenge } = askedBy(await enter(who, { scheduleId }, at))
    await enter(who, { scheduleId, proof: { challenge, nonces: Array(8).fill(0) } }, at)
  }
  return waiting(scheduleId)
}

test('bots that do not work get nowhere', async () => {
  expect(await botsInside(service)).toBe(0)
})

test('negative control: where proofs are believed unseen, the same bots are all in the queue', async () => {
  const credulous = { ...proofs, read: () => Number.MAX_SAFE_INTEGER }
  const careless = await startTestService(redis, { proofs: credulous })
  expect(await botsInside(careless)).toBe(20)
  await careless.close()
})

test('of 200 honest accounts at once behind one address none is refused; the work grows and is capped, and others owe the base', async () => {
  const scheduleId = await openQueue()
  const address = '198.51.100.20'
  // Heard of before the rush: the stand-in for the event service shares this process, which is busy from then on.
  await service.as(randomUUID(), 'ADMIN')('GET', `/queue/admin/schedules/${scheduleId}`)
  const entered = await rush(200, () => enterHonestly(comer(address), scheduleId))
  expect(entered.filter(({ answer }) => answer.statusCode !== 200)).toEqual([])
  expect(await waiting(scheduleId)).toBe(200)
  const asked = new Map<number, number>()
  for (const { bits } of entered) asked.set(bits, (asked.get(bits) ?? 0) + 1)
  expect(Object.fromEntries(asked)).toEqual({ 8: 10, 9: 10, 10: 20, 11: 160 })
  expect((await enterHonestly(comer('198.51.100.21'), scheduleId)).bits).toBe(8)
}, 60_000)

test('all addresses of one IPv6 /64 are one, other ones are not', async () => {
  const scheduleId = await openQueue({ proofOfWork: { ...terms, freeAccountsPerAddress: 1 } })
  const bits = async (address: string) => (await enterHonestly(comer(address), scheduleId)).bits
  expect([await bits('2001:db8:9:1::1'), await bits('2001:db8:9:1:ffff::2')]).toEqual([8, 9])
  expect(await bits('2001:db8:9:2::1')).toBe(8)
})

test('two minutes after a crowd its address owes the base again', async () => {
  const scheduleId = await openQueue({ proofOfWork: { ...terms, freeAccountsPerAddress: 1 } })
  const address = newAddress()
  for (let account = 0; account < 6; account += 1) await enter(comer(address), { scheduleId })
  expect(askedBy(await enter(comer(address), { scheduleId })).difficultyBits).toBe(11)
  const key = newcomersKey(scheduleId, service.nameNetwork(address))
  for (const member of await redis.client.zrange(key, 0, '-1')) await redis.client.zincrby(key, -120_000_001, member)
  expect(askedBy(await enter(comer(address), { scheduleId })).difficultyBits).toBe(8)
})

test('asked by signal alone, a phone by itself enters at once and only a crowded address works', async () => {
  const scheduleId = await openQueue({ proofOfWork: { ...terms, freeAccountsPerAddress: 3, onlyCrowded: true } })
  const address = newAddress()
  const bits: number[] = []
  for (let account = 0; account < 7; account += 1) bits.push((await enterHonestly(comer(address), scheduleId)).bits)
  expect(bits).toEqual([0, 0, 0, 9, 9, 9, 10])
  expect((await enter(comer(), { scheduleId })).statusCode).toBe(200)
})

describe('no work is asked', () => {
  test('of who waits or is inside already: a refresh, a second device at another address', async () => {
    const scheduleId = await openQueue({ proofOfWork: terms, batchSize: 1 })
    const who = comer()
    await enterHonestly(who, scheduleId)
    expect((await enter(who, { scheduleId })).json()).toMatchObject({ status: 'WAITING', rank: 1 })
    await admitBatch(redis, scheduleId)
    expect((await enter({ ...who, address: newAddress() }, { scheduleId })).json().status).toBe('ACTIVE')
  })

  test('of who comes back by a ticket after a loss; but of who left, although the ticket is good', async () => {
    const scheduleId = await openQueue()
    const [stays, leaves] = [comer(), comer()]
    const [kept, given] = [
      (await enterHonestly(stays, scheduleId)).answer.json().ticket,
      (await enterHonestly(leaves, scheduleId)).answer.json().ticket,
    ]
    await service.as(leaves.userId)('DELETE', `/queue/leave?scheduleId=${scheduleId}`)
    askedBy(await enter(leaves, { scheduleId, ticket: given }))
    await emptyRedis(redis)
    await writeQueueConfig(redis, scheduleId, { proofOfWork: terms })
    expect((await enter(stays, { scheduleId, ticket: kept })).json()).toMatchObject({ status: 'WAITING', rank: 1 })
    askedBy(await enter(comer(), { scheduleId }))
  })
})

test('work shown again by its owner is worth one place, the last one after leaving', async () => {
  const scheduleId = await openQueue()
  const who = comer()
  const { challenge } = askedBy(await enter(who, { scheduleId }))
  const proof = solve(challenge, 8)
  await enter(who, { scheduleId, proof })
  await enterHonestly(comer(), scheduleId)
  expect((await enter(who, { scheduleId, proof })).json().rank).toBe(1)
  await service.as(who.userId)('DELETE', `/queue/leave?scheduleId=${scheduleId}`)
  expect((await enter(who, { scheduleId, proof })).json().rank).toBe(2)
  expect(await waiting(scheduleId)).toBe(2)
})

test('1,000 entries of one account at once are one place with the work done, and none without it', async () => {
  const scheduleId = await openQueue()
  const who = comer()
  // As above: heard of before the rush.
  await service.as(randomUUID(), 'ADMIN')('GET', `/queue/admin/schedules/${scheduleId}`)
  const entries = (proof?: Proof) => rush(1_000, () => enter(who, { scheduleId, ...(proof && { proof }) }))
  const asked = await entries()
  expect(new Set(asked.map((answer) => askedBy(answer).difficultyBits))).toEqual(new Set([8]))
  expect(await waiting(scheduleId)).toBe(0)
  const told = await entries(solve(asked[0]?.json().challenge, 8))
  expect(new Set(told.map((answer) => answer.json().rank))).toEqual(new Set([1]))
  expect(await waiting(scheduleId)).toBe(1)
}, 60_000)

test('an operator sees how many were asked, accepted and refused', async () => {
  const own = await startTestService(redis)
  const scheduleId = await openQueue({ proofOfWork: terms }, own)
  const who = comer()
  const { challenge } = askedBy(await enter(who, { scheduleId }, own))
  await enter(who, { scheduleId, proof: { challenge, nonces: Array(8).fill(0) } }, own)
  await enter(who, { scheduleId, proof: solve(challenge, 8) }, own)
  await enter(who, { scheduleId, proof: solve(challenge, 8) }, own)
  const figures = await own.metrics.getSingleMetricAsString('queue_entry_proofs_total')
  for (const outcome of ['asked', 'accepted', 'refused']) {
    expect(figures).toMatch(new RegExp(`outcome="${outcome}"[^}]*\\} 1$`, 'm'))
  }
  await own.close()
})

test('the most work a schedule may ask for is within the contract of clients', async () => {
  const most = { ...terms, baseBits: 20, maxBits: 20 }
  expect(askedBy(await enter(comer(), { scheduleId: await openQueue({ proofOfWork: most }) })).difficultyBits).toBe(20)
})
