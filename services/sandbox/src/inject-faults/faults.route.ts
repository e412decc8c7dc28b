import { type App, commonResponses } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { type FaultRule, faultRuleSchema } from '../domain/fault-rule.ts'

export interface FaultsRouteDeps {
  readonly faults: {
    replace(rules: readonly FaultRule[]): void
    list(): readonly unknown[]
  }
}

const rulesMax = 200
const answerSchema = z.array(z.looseObject({ match: z.string(), kind: z.string(), struck: z.int() }))

/** PUT /sandbox/faults: misbehave from now on in these ways only; `[]` ends it. GET shows the rules and how often each struck. */
export function faultsRoute(scope: App, deps: FaultsRouteDeps): void {
  const response = { ...commonResponses, 200: answerSchema }
  const list = () => answerSchema.parse(deps.faults.list())
  scope.get('/sandbox/faults', { schema: { response } }, async () => list())
  scope.put(
    '/sandbox/faults',
    { schema: { body: z.array(faultRuleSchema).max(rulesMax), response } },
    async (request) => {
      deps.faults.replace(request.body)
      return list()
    },
  )
}
