import { fastifyUnderPressure } from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import { kitErrors, problem } from './errors.ts'

const maxEventLoopDelayMs = 1500

/** Refuses new requests with 503 OVERLOADED while the event loop lags so far that answers would come too late anyway. */
export function shedLoad(app: FastifyInstance): void {
  app.register(fastifyUnderPressure, {
    maxEventLoopDelay: maxEventLoopDelayMs,
    pressureHandler: async () => {
      throw problem(kitErrors, 'OVERLOADED', { headers: { 'retry-after': '2' } })
    },
  })
}
