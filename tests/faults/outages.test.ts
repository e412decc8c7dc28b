import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startStack } from '@ticket-queue/stack'
import { afterAll, expect, inject, test } from 'vitest'
import { openSystem } from '../system/open-system.ts'
import { type OutageReport, outage } from './outages.ts'
import { nothingAcknowledgedIsMissing } from './shoppers.ts'

const root = dirname(dirname(import.meta.dirname))
const given = inject('stack')
const directory = mkdtempSync(join(tmpdir(), 'ticket-queue-outages-'))
// Stores of its own that may crash: durable, or PostgreSQL would not promise what it has acknowledged.
const stack = await startStack({ directory: join(directory, 'stack') })
const { databaseUrl: ownerUrl, kafkaBrokers } = stack
const own = await openSystem({
  root,
  directory,
  ownerUrl,
  kafkaBrokers,
  redisUrl: stack.redisUrl,
  prefix: `outages-${given.runId}-`,
  settings: { FIRST_CHECK_SECONDS: '5', CHECK_CLAIM_SECONDS: '10' },
})
afterAll(async () => {
  await own.close()
  await stack.stop()
  rmSync(directory, { recursive: true, force: true })
}, 60_000)

const broken = ({ rules }: OutageReport) => rules.filter((rule) => rule.violations.length > 0)
const short = { awayMs: 8_000, everyMs: 1_000, aroundMs: 4_000 }

test('while Kafka is away people buy on, no event becomes a dead letter, and all are applied in order when it is back', async () => {
  const report = await outage(own, stack, { ...short, store: 'kafka' })
  expect(report.meanwhile.acknowledged).toBeGreaterThan(0)
  expect(report.backlog).toBeGreaterThan(0)
  expect(Object.fromEntries(report.measures.endings)).toEqual({ confirmed: report.buyers })
  expect(report.drainedMs).not.toBeNull()
  expect(broken(report)).toEqual([])
}, 300_000)

test('control: somebody who was told of a payment that is not there is named', async () => {
  const told = { what: 'payment', id: randomUUID() } as const
  const { violations } = await nothingAcknowledgedIsMissing([told]).check(own.books)
  expect(violations).toEqual([`payment ${told.id} was acknowledged and is not there`])
})

test('PostgreSQL crashes while people buy: nothing acknowledged is missing, and everybody gets a ticket', async () => {
  const report = await outage(own, stack, { ...short, awayMs: 2_000, store: 'postgres' })
  expect(Object.fromEntries(report.measures.endings)).toEqual({ confirmed: report.buyers })
  expect(report.drainedMs).not.toBeNull()
  expect(broken(report)).toEqual([])
}, 300_000)
