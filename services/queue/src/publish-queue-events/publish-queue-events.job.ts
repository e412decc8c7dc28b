import { runExclusively } from '@ticket-queue/redis'
import { type Job, startJob } from '@ticket-queue/service-kit'
import { type PublishQueueEventsDeps, publishQueueEvents } from './publish-queue-events.ts'

const lockMs = 10_000
const everyMs = 500
const pauseAfterFailureMs = 5_000

/**
 * Publishes twice a second, on one replica at a time; whoever else holds the lock saves this one the work. An outage is logged as it
 * begins and as it ends, and tried again every five seconds.
 */
export function publishQueueEventsJob(deps: PublishQueueEventsDeps): Job {
  const { redis, log, figures } = deps
  let notBeforeMs = 0
  let isFailing = false
  const publish = (lost: AbortSignal, stopped: AbortSignal) =>
    publishQueueEvents(deps, AbortSignal.any([lost, stopped]))
  return startJob({
    name: 'publish-queue-events',
    everyMs,
    log,
    run: async (stopped) => {
      if (redis.client.status !== 'ready' || performance.now() < notBeforeMs) return
      try {
        const { ran } = await runExclusively(redis, 'publish-queue-events', lockMs, (lost) => publish(lost, stopped))
        if (isFailing && ran) log.info('events of queues are published again')
        if (ran) isFailing = false
      } catch (err) {
        figures.failures.inc()
        if (!isFailing) log.warn({ err }, 'events of queues cannot be published; their logs keep them for a while')
        isFailing = true
        notBeforeMs = performance.now() + pauseAfterFailureMs
      }
    },
  })
}
