import { parseArgs } from 'node:util'
import { z } from 'zod'

const count = (fallback: number, max: number) => z.coerce.number().int().min(1).max(max).default(fallback)

const optionsSchema = z.object({
  seconds: count(20, 3_600),
  waiting: count(50_000, 1_000_000),
  connections: count(64, 1_000),
  'long-queue': count(1_000_000, 5_000_000),
  'rate-seconds': count(60, 3_600),
  streams: count(20_000, 28_000),
  rounds: count(3, 20),
  'relay-rows': count(200_000, 5_000_000),
})

/** The size of a run. The targets are meant for the defaults; smaller ones only show that everything works. */
export interface BenchOptions {
  /** Of each load, after its warm-up. */
  readonly seconds: number
  readonly waiting: number
  /** Of closed loops. */
  readonly connections: number
  readonly longQueue: number
  readonly rateSeconds: number
  readonly streams: number
  /** Of loads in which everybody does something once; the median counts. */
  readonly rounds: number
  /** What waits in the outbox when the relay starts. */
  readonly relayRows: number
}

/** What the targets are meant for. */
export const defaultOptions: BenchOptions = readOptions([]).options

export const usage = `Usage: npm run bench                          lists the benches
       npm run bench -- <name …> [--seconds 20] [--waiting 50000] [--connections 64]
                        [--long-queue 1000000] [--rate-seconds 60] [--streams 20000] [--rounds 3]
                        [--relay-rows 200000]`

/** The benches asked for and the options; throws an Error with one readable sentence for what cannot be used. */
export function readOptions(argv: readonly string[]): { names: string[]; options: BenchOptions } {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args: argv.filter((argument) => argument !== '--'),
    allowPositionals: true,
    options: {
      seconds: text,
      waiting: text,
      connections: text,
      'long-queue': text,
      'rate-seconds': text,
      streams: text,
      rounds: text,
      'relay-rows': text,
    },
  })
  const parsed = optionsSchema.safeParse(values)
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`).join('; '))
  }
  const { 'long-queue': longQueue, 'rate-seconds': rateSeconds, 'relay-rows': relayRows, ...rest } = parsed.data
  return { names: positionals, options: { ...rest, longQueue, rateSeconds, relayRows } }
}
