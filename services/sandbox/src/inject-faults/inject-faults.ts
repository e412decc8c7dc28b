import { setTimeout as pause } from 'node:timers/promises'
import type { App } from '@ticket-queue/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FaultKind, FaultRule } from '../domain/fault-rule.ts'
import { portoneErrorBody, portoneErrors } from '../domain/portone-errors.ts'
import { causeOf } from '../protocol/cause-of.ts'
import type { Faults } from '../store/faults.ts'

const httpKinds: ReadonlySet<FaultKind> = new Set(['delay', 'status', 'reset', 'drop-answer'])

/** Calls by which a test regains control are never faulted. */
const spared = new Set(['/sandbox/faults', '/sandbox/reset', '/sandbox/ledger'])

/**
 * Makes every route of `app` misbehave as the rules in force say. `reset` and a status that is a number come before
 * anything is done, like a broken load balancer; `delay` and a PortOne error come inside the idempotency layer, so a
 * request that waits is outstanding and is carried out even when its caller has gone; `drop-answer` comes after the work.
 */
export function injectFaults(app: App, deps: { faults: Faults }): void {
  const struck = new WeakMap<FastifyRequest, FaultRule[]>()
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())

  app.addHook('onRequest', async (request, reply) => {
    const { method, path } = causeOf(request)
    if (spared.has(path)) return
    const rules = deps.faults.strike(httpKinds, method, path)
    if (rules.length === 0) return
    struck.set(request, rules)
    if (rules.some((rule) => rule.kind === 'reset')) return resetConnection(request, reply)
    const status = rules.find((rule) => rule.kind === 'status' && typeof rule.value === 'number')
    if (status?.kind !== 'status') return
    await delayAsTold(rules, closing.signal)
    return answerLikeLoadBalancer(reply, Number(status.value))
  })

  app.addHook('preHandler', async (request, reply) => {
    const rules = struck.get(request)
    if (!rules) return
    await delayAsTold(rules, closing.signal)
    for (const rule of rules) {
      if (rule.kind === 'status' && typeof rule.value === 'string') {
        const { status } = portoneErrors[rule.value]
        return reply.code(status).serializer(JSON.stringify).send(portoneErrorBody(rule.value))
      }
    }
  })

  app.addHook('onSend', async (request, _reply, payload) => {
    if (struck.get(request)?.some((rule) => rule.kind === 'drop-answer')) request.raw.socket.destroy()
    return payload
  })
}

function resetConnection(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack()
  request.raw.socket.resetAndDestroy()
  return reply
}

function answerLikeLoadBalancer(reply: FastifyReply, status: number): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .serializer(String)
    .send(`<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`)
}

async function delayAsTold(rules: readonly FaultRule[], signal: AbortSignal): Promise<void> {
  const delayMs = rules.reduce((sum, rule) => (rule.kind === 'delay' ? sum + rule.value : sum), 0)
  if (delayMs === 0) return
  // A server that stops does not make its last callers wait.
  await pause(delayMs, undefined, { signal }).catch(() => {})
}
