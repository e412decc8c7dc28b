import { randomUUID } from 'node:crypto'
import { topics } from '@ticket-queue/contracts/events'
import { PermanentError } from '../errors.ts'
import { testBroker } from '../test-broker.ts'
import { effect, testEffects } from '../test-effects.ts'
import { type EventOf, type MessageTables, paymentFailed } from '../test-events.ts'

export type Failed = EventOf<'PaymentFailed'>

export const poison = new PermanentError('nobody understands this')

/** A key with events of its own, in order. */
export function lane(count: number): Failed[] {
  const reservationId = randomUUID()
  return Array.from({ length: count }, (_, index) => paymentFailed(String(index), reservationId))
}
export const idsOf = (events: readonly Failed[]): string[] => events.map(({ eventId }) => eventId)

/** Gives groups that fail as told, and what operators do with their letters, over stores of the test file's own. */
export async function testLetters() {
  const { database } = await testEffects()
  const { db } = database
  /** One partition each: only the key says what waits for what. */
  const broker = await testBroker(Object.values(topics).map((topic) => ({ ...topic, partitions: 1 })))
  const put = (events: readonly Failed[]) =>
    broker.messaging.publishBatch(
      topics.payment,
      events.map((event) => ({ key: event.payload.reservationId, value: JSON.stringify(event) })),
    )

  /** A group that fails with what `failures` has for an event, and says which events it applied in which order. */
  async function startGroup(options: { isTogether?: boolean; members?: number } = {}) {
    const group = randomUUID()
    const failures = new Map<string, Error>()
    const seen: string[] = []
    const tries: string[] = []
    const waits = new Map<string, Promise<void>>()
    const apply = async (trx: Parameters<typeof effect>[0], event: Failed) => {
      tries.push(event.eventId)
      await waits.get(event.eventId)
      const failure = failures.get(event.eventId)
      if (failure) throw failure
      await effect(trx, event)
    }
    const start = () =>
      broker.join().consume<MessageTables>({
        group,
        db,
        topics: [topics.payment],
        hooks: {
          async afterEffect(outcome, { message }) {
            if (outcome === 'applied') seen.push(JSON.parse(String(message.value)).eventId)
          },
        },
        handlers: { PaymentFailed: apply },
        ...(options.isTogether
          ? {
              together: {
                eventsMax: 10,
                apply: async (trx, events) => {
                  for (const event of events) await apply(trx, event as Failed)
                },
              },
            }
          : {}),
      })
    for (let count = 0; count < (options.members ?? 1); count += 1) await start()
    const letters = async () => {
      const rows = await db.selectFrom('dead_letters').selectAll().where('consumer_group', '=', group).execute()
      return rows.toSorted((one, other) => Number(one.offset) - Number(other.offset))
    }
    const letterOfEvent = async (event: Failed) =>
      (await letters()).find(({ value }) => String(value).includes(event.eventId)) ?? null
    const statusOf = async (event: Failed) => (await letterOfEvent(event))?.status ?? null
    return { group, failures, seen, tries, waits, letters, letterOf: letterOfEvent, statusOf }
  }
  type Group = Awaited<ReturnType<typeof startGroup>>

  /** An operator wants something done with the letter of an event, however often he says so. */
  async function give(group: Group, event: Failed, action: 'REPLAY' | 'DISCARD' = 'REPLAY', orderedAt = new Date()) {
    const letter = await group.letterOf(event)
    if (letter === null) throw new Error('there is no letter of this event')
    await db
      .insertInto('dead_letter_orders')
      .values({
        letter_id: letter.id,
        service: 'payment_svc_user',
        action,
        ordered_by: randomUUID(),
        ordered_at: orderedAt,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  const ordersOf = async (group: Group) =>
    db
      .selectFrom('dead_letter_orders')
      .innerJoin('dead_letters', 'dead_letters.id', 'dead_letter_orders.letter_id')
      .select(['action', 'outcome', 'dead_letter_orders.error'])
      .where('consumer_group', '=', group.group)
      .execute()
  return { db, broker, put, startGroup, give, ordersOf }
}
