import { z } from 'zod'
import { type PortoneErrorType, portoneErrors } from './portone-errors.ts'

const maxDelayMs = 80_000

const matchSchema = z
  .string()
  .max(300)
  .regex(/^(?:[A-Z]+|\*) \/\S*$/, 'must read "METHOD /path", such as "POST /payments/*/cancel"')

const errorTypes = Object.keys(portoneErrors) as [PortoneErrorType, ...PortoneErrorType[]]

const common = {
  match: matchSchema,
  /** How often it strikes before it is used up; absent: for ever. */
  times: z.int().min(1).max(1_000_000).optional(),
  /** 0 to 1, drawn for each request that matches. */
  probability: z.number().min(0).max(1).default(1),
}

const delayMs = z.int().min(0).max(maxDelayMs)

/** One way to misbehave (api.md, Sandbox). `value` is ms for delays, a status or a PortOne error type, or a count of copies. */
export const faultRuleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('delay'), value: delayMs }),
  z.strictObject({
    ...common,
    kind: z.literal('status'),
    value: z.union([z.int().min(400).max(599), z.enum(errorTypes)]),
  }),
  z.strictObject({ ...common, kind: z.literal('reset') }),
  z.strictObject({ ...common, kind: z.literal('drop-answer') }),
  z.strictObject({ ...common, kind: z.literal('webhook-duplicate'), value: z.int().min(1).max(20).default(1) }),
  z.strictObject({ ...common, kind: z.literal('webhook-delay'), value: delayMs }),
  z.strictObject({ ...common, kind: z.literal('webhook-lose') }),
  z.strictObject({ ...common, kind: z.literal('cancel-later') }),
])

export type FaultRule = z.infer<typeof faultRuleSchema>
export type FaultKind = FaultRule['kind']

/**
 * True when `match` names the request. In a path `*` stands for one segment, as the last segment for everything below;
 * as a method it stands for any.
 */
export function matchesRequest(match: string, method: string, path: string): boolean {
  const [wantedMethod, wantedPath] = match.split(' ') as [string, string]
  if (wantedMethod !== '*' && wantedMethod !== method) return false
  const wanted = wantedPath.split('/')
  const given = path.split('/')
  const openEnded = wanted.at(-1) === '*'
  if (openEnded ? given.length < wanted.length : given.length !== wanted.length) return false
  return wanted.every((segment, index) => segment === given[index] || (segment === '*' && given[index] !== ''))
}
