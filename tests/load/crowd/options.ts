import { parseArgs } from 'node:util'
import { z } from 'zod'

const percent = z
  .string()
  .regex(/^\d{1,3}(\.\d+)?%?$/, { error: 'must be a percentage such as 20%' })
  .transform((text) => Number.parseFloat(text) / 100)
  .refine((share) => share <= 1, { error: 'must be at most 100%' })

const optionsSchema = z.object({
  buyers: z.coerce.number().int().min(1).max(100_000).default(200),
  schedule: z.uuid().optional(),
  'fail-payments': percent.default(0),
  abandon: percent.default(0),
  'at-once': z.coerce.number().int().min(1).max(5_000).default(200),
  system: z.string().optional(),
})

export interface CrowdOptions {
  readonly buyers: number
  readonly scheduleId: string | undefined
  readonly failPaymentsShare: number
  readonly abandonShare: number
  /** How many people are on the road at the same time. */
  readonly atOnce: number
  /** The file in which `npm start` has written where the system is. */
  readonly systemFile: string | undefined
}

export const usage = `Usage: npm run crowd -- [--buyers 200] [--schedule <id>] [--fail-payments 5%] [--abandon 10%] [--at-once 200]
Sends that many people through sign-up, queue, seats, payment and ticket, then checks every book.`

/** The crowd's options; throws an Error with one readable sentence for what cannot be used. */
export function readOptions(argv: readonly string[]): CrowdOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...argv].filter((argument) => argument !== '--'),
    options: { buyers: text, schedule: text, 'fail-payments': text, abandon: text, 'at-once': text, system: text },
  })
  const parsed = optionsSchema.safeParse(values)
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map((issue) => `--${issue.path.join('.')} ${issue.message}`).join('; '))
  }
  if (parsed.data['fail-payments'] + parsed.data.abandon > 1)
    throw new Error('--fail-payments and --abandon exceed 100% together')
  return {
    buyers: parsed.data.buyers,
    scheduleId: parsed.data.schedule,
    failPaymentsShare: parsed.data['fail-payments'],
    abandonShare: parsed.data.abandon,
    atOnce: parsed.data['at-once'],
    systemFile: parsed.data.system,
  }
}
