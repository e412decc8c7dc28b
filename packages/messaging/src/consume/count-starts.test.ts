import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { testEffects } from '../test-effects.ts'
import { paymentFailed } from '../test-events.ts'
import type { Arrived } from './admit-events.ts'
import { countStarts, endsProcesses, startsMax } from './count-starts.ts'

const { database } = await testEffects()
const { db } = database

const at = (partition: number, offset: string): Arrived => {
  const event = paymentFailed()
  const value = Buffer.from(JSON.stringify(event))
  return { event, placed: { topic: 'payment.events', partition, message: { key: null, value, offset, headers: {} } } }
}

const isWaiting = async (work: Promise<void>) => {
  let isSettled = false
  work.then(
    () => (isSettled = true),
    () => (isSettled = true),
  )
  // Longer than a start that waits for nobody takes.
  for (let looks = 0; looks < 20; looks += 1) await sql`select 1`.execute(db)
  return !isSettled
}

test('a message that ends its process takes no other one with it: what had been begun is begun one at a time', async () => {
  const group = randomUUID()
  const [killer, innocent] = [at(0, '7'), at(1, '3')]
  const first = countStarts(db, group, 1)
  await Promise.all([first.begin(killer), first.begin(innocent)])
  // That process dies, and two more, each when the killer has its turn.
  for (let lives = 0; lives < startsMax - 1; lives += 1) {
    const starts = countStarts(db, group, 1)
    await starts.begin(killer)
    expect(await isWaiting(starts.begin(innocent))).toBe(true)
  }
  const last = countStarts(db, group, 1)
  await expect(last.begin(killer)).rejects.toBe(endsProcesses)
  const begun = last.begin(innocent)
  expect(await isWaiting(begun)).toBe(true)
  await last.end(killer.placed, 'dead')
  await begun
  await last.end(innocent.placed, 'applied')
  expect(last.isCounting(innocent.placed)).toBe(false)
})
