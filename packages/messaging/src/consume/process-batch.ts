import type { EachBatchPayload, KafkaMessage } from 'kafkajs'
import { backoffMs, delay } from '../wait.ts'
import type { Starts } from './count-starts.ts'
import type { Commits } from './pace-commits.ts'
import type { Outcome } from './placed.ts'
import { type ConsumerHooks, type ProcessOptions, processMessage } from './process-message.ts'
import { processTogether, type Together } from './process-together.ts'

export interface BatchOptions extends ProcessOptions {
  readonly topicPrefix: string
  readonly hooks: ConsumerHooks
  readonly starts: Starts
  readonly commits: Commits
  /** Absent: every event has a transaction of its own. */
  readonly together?: Together
}

const heartbeatEveryMs = 2000
const postponeLimits = { firstMs: 500, lastMs: 15_000 }

/**
 * Gives kafkajs' eachBatch: message by message in order, or several at once where the group can, each offset resolved only
 * after its effect, and committed once a second. What fails together is done one by one. A postponed
 * message pauses its partition for 0.25 to 15 s; the others go on.
 */
export function createBatchProcessor(options: BatchOptions): (payload: EachBatchPayload) => Promise<void> {
  const postponements = new Map<string, number>()
  const eventsMax = options.together?.eventsMax ?? 1

  return async (payload) => {
    const { batch } = payload
    const topic = batch.topic.slice(options.topicPrefix.length)
    const from = { topic, partition: batch.partition }
    const lane = `${topic}/${batch.partition}`
    const finish = async (message: KafkaMessage, outcome: Outcome) => {
      postponements.delete(lane)
      await options.hooks.afterEffect?.(outcome, { ...from, message })
      payload.resolveOffset(message.offset)
      await options.commits.reach(payload, BigInt(message.offset) + 1n)
    }
    let oneByOneUntil = 0
    for (let at = 0; at < batch.messages.length; ) {
      if (!payload.isRunning() || payload.isStale()) break
      const rest = batch.messages.slice(at, at + eventsMax)
      const isAlone = at < oneByOneUntil || options.starts.isCounting(from)
      const done = isAlone ? [] : await whileBeating(payload, () => together(options, from, rest))
      if (done === 'failed') oneByOneUntil = at + rest.length
      const finished = done === 'failed' ? [] : done
      for (const { message, outcome } of finished) await finish(message, outcome)
      at += finished.length
      if (finished.length === 0) {
        const [message] = rest
        if (message === undefined) break
        const placed = { ...from, message }
        const outcome = await whileBeating(payload, () => processMessage(options, placed))
        if (outcome === 'postponed') {
          const times = (postponements.get(lane) ?? 0) + 1
          postponements.set(lane, times)
          pauseFor(payload, backoffMs(times, postponeLimits), options.signal)
          break
        }
        await finish(message, outcome)
        at += 1
      }
      await payload.heartbeat()
    }
  }
}

async function together(
  options: BatchOptions,
  from: { readonly topic: string; readonly partition: number },
  messages: readonly KafkaMessage[],
) {
  if (options.together === undefined) return []
  const finished = await processTogether(options.together, messages, from, options)
  if (finished === 'failed') return finished
  for (const { type, outcome } of finished) options.metrics.consumed.inc({ group: options.group, type, outcome })
  return finished
}

/** Keeps the membership of the group alive while a slow handler runs; what a beat reports is seen at the next awaited one. */
async function whileBeating<T>({ heartbeat }: EachBatchPayload, work: () => Promise<T>): Promise<T> {
  const beat = setInterval(() => {
    heartbeat().catch(() => undefined)
  }, heartbeatEveryMs)
  try {
    return await work()
  } finally {
    clearInterval(beat)
  }
}

/** Pauses the partition of a batch; unresolved messages are fetched again after it. */
function pauseFor(payload: EachBatchPayload, ms: number, signal: AbortSignal): void {
  const resume = payload.pause()
  delay(ms, signal)
    .then(resume)
    // The consumer may have been replaced meanwhile, and its successor has nothing paused.
    .catch(() => undefined)
}
