import { Counter, Gauge, type Registry } from 'prom-client'

/** How many outbox rows of a service wait, and how long the oldest has waited. */
export interface OutboxState {
  readonly count: number
  readonly oldestAgeSeconds: number
}

/** The figures that relay and consumers keep. */
export interface MessagingMetrics {
  readonly published: Counter<'service'>
  readonly publishFailures: Counter<'service' | 'cause'>
  readonly relayActive: Gauge<'service'>
  readonly consumed: Counter<'group' | 'type' | 'outcome'>
  readonly deadLetters: Counter<'origin' | 'topic' | 'type'>
  readonly openLetters: Gauge<'service'>
  readonly parkedLetters: Gauge<'service'>
  readonly lag: Gauge<'group' | 'topic' | 'partition'>
  /** Asked at every scrape; a service that has closed its relay takes its entry out. */
  readonly outboxStates: Map<string, () => Promise<OutboxState>>
}

const kept = new WeakMap<Registry, MessagingMetrics>()

/** Gives the messaging figures of a registry, created at the first call. */
export function messagingMetrics(registry: Registry): MessagingMetrics {
  const metrics = kept.get(registry) ?? createMetrics(registry)
  kept.set(registry, metrics)
  return metrics
}

function createMetrics(registry: Registry): MessagingMetrics {
  const registers = [registry]
  const outboxStates: MessagingMetrics['outboxStates'] = new Map()
  createOutboxGauges(registers, outboxStates)
  return {
    outboxStates,
    published: new Counter({
      name: 'outbox_published_total',
      help: 'Outbox rows sent to Kafka and marked.',
      labelNames: ['service'],
      registers,
    }),
    publishFailures: new Counter({
      name: 'outbox_publish_failures_total',
      help: 'Sends that failed: cause broker counts batches, cause message counts rows at fault.',
      labelNames: ['service', 'cause'],
      registers,
    }),
    relayActive: new Gauge({
      name: 'outbox_relay_active',
      help: '1 in the one process whose relay publishes for the service.',
      labelNames: ['service'],
      registers,
    }),
    consumed: new Counter({
      name: 'messaging_consumed_total',
      help: 'Messages by outcome: applied, repeated, skipped, parked, dead; retried and postponed count tries.',
      labelNames: ['group', 'type', 'outcome'],
      registers,
    }),
    deadLetters: new Counter({
      name: 'messaging_dead_letters_total',
      help: 'Messages given up, by consumer group or (from the outbox) by service.',
      labelNames: ['origin', 'topic', 'type'],
      registers,
    }),
    openLetters: new Gauge({
      name: 'messaging_dead_letters_open',
      help: 'Dead letters of the service that wait for a person; 10 are an alarm.',
      labelNames: ['service'],
      registers,
    }),
    parkedLetters: new Gauge({
      name: 'messaging_letters_parked',
      help: 'Messages of the service that wait behind a dead letter of their key.',
      labelNames: ['service'],
      registers,
    }),
    lag: new Gauge({
      name: 'messaging_consumer_lag_messages',
      help: 'Messages between the committed offset of the group and the end of the partition, whoever has it; asked of the broker every 15 s.',
      labelNames: ['group', 'topic', 'partition'],
      registers,
    }),
  }
}

function createOutboxGauges(registers: Registry[], states: MessagingMetrics['outboxStates']): void {
  type States = readonly (readonly [service: string, state: OutboxState | null])[]
  let reading: Promise<States> | null = null
  /** One look at the outboxes for both figures of a scrape. */
  const readStates = (): Promise<States> => {
    reading ??= Promise.all(
      // A database that does not answer must not take the other figures away.
      [...states].map(async ([service, read]) => [service, await read().catch(() => null)] as const),
    ).finally(() => {
      reading = null
    })
    return reading
  }
  const gauge = (name: string, help: string, figureOf: (state: OutboxState) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['service'],
      registers,
      async collect() {
        for (const [service, state] of await readStates()) {
          if (state !== null) this.set({ service }, figureOf(state))
        }
      },
    })
  gauge(
    'outbox_oldest_unsent_age_seconds',
    'How long the oldest unsent outbox row has waited.',
    ({ oldestAgeSeconds }) => oldestAgeSeconds,
  )
  gauge('outbox_unsent_events', 'Outbox rows not yet sent, counted up to 100,000.', ({ count }) => count)
}
