import type { FastifyBaseLogger, FastifyServerOptions } from 'fastify'

const levels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/**
 * Gives the log of one request, made when something is first written to it. Most requests write no more than the line that
 * `watchRequests` writes for them, and to look for secrets in what belongs to each would cost three times as much as that line.
 */
export const requestLog: NonNullable<FastifyServerOptions['childLoggerFactory']> = (logger, bindings, options) => {
  let made: FastifyBaseLogger | null = null
  const own = () => {
    made ??= logger.child(bindings, options)
    return made
  }
  const writers = {} as Record<(typeof levels)[number], (...entry: unknown[]) => void>
  for (const level of levels) writers[level] = (...entry) => Reflect.apply(own()[level], own(), entry)
  return { ...writers, level: logger.level, child: (further, settings) => own().child(further, settings) }
}
