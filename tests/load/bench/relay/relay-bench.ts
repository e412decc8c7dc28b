import { developmentPasswords, migrate, roleUrl, serviceRoles } from '@ticket-queue/database'
import { migrationsDirectory } from '@ticket-queue/migrations'
import type { Bench, BenchDeps, Findings } from '../findings.ts'
import { atLeast } from '../judge.ts'
import { ask } from '../program.ts'
import type { PublishOutboxInput, PublishOutboxResult } from './publish-outbox.main.ts'

const measures = {
  perSecond: { id: 'P10', what: 'relay alone: outbox rows to Kafka', target: '≥ 10,000/s' },
} as const

const wantedPerSecond = 10_000
/** Events of one reservation in a row: the relay must keep their order. */
const rowsPerKey = 4
/** So slow that it is not worth waiting for. */
const givenUpPerSecond = 500

/** P10: rows that wait in an outbox until one relay has published them all, with nothing else going on. */
export const relayBench: Bench = { name: 'relay', measures: Object.values(measures), run: publishAll }

async function publishAll({ stack, options, say }: BenchDeps): Promise<Findings> {
  const { databaseUrl, kafkaBrokers } = stack
  const rows = options.relayRows
  await migrate({ ownerUrl: databaseUrl, migrationsDirectory, passwords: developmentPasswords })
  say(`P10: one relay publishes ${rows.toLocaleString('en')} rows`)
  const timeoutMs = Math.ceil((rows / givenUpPerSecond) * 1_000)
  const input: PublishOutboxInput = {
    databaseUrl: roleUrl(databaseUrl, serviceRoles.payment),
    kafkaBrokers,
    rows,
    keys: Math.ceil(rows / rowsPerKey),
    timeoutMs,
  }
  const file = new URL('./publish-outbox.main.ts', import.meta.url)
  const { published, seconds, cpuSeconds } = await ask<PublishOutboxResult>(file, input, 2 * timeoutMs + 60_000)
  return {
    findings: [atLeast(measures.perSecond, seconds === 0 ? 0 : published / seconds, wantedPerSecond, '/s')],
    loads: [],
    notes: [
      `P10: ${published.toLocaleString('en')} of ${rows.toLocaleString('en')} rows in ${seconds.toFixed(1)} s; the relay's process used ${cpuSeconds.toFixed(1)} s of CPU`,
    ],
  }
}
