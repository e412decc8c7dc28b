import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buyersTotal, type ReservationWorld, reservationCommands, seatsTotal } from './test-reservation-commands.ts'
import { emptyModel } from './test-reservation-model.ts'
import { testReservationService } from './test-reservation-service.ts'

const service = await testReservationService()
const timeoutMs = 300_000

async function newWorld(): Promise<ReservationWorld> {
  const schedule = service.neighbours.addSchedule(seatsTotal)
  return { service, schedule, buyers: await service.admit(schedule, buyersTotal), delivered: [] }
}

/** So that jobs of later runs do not find what earlier ones have left. */
async function leave({ schedule }: ReservationWorld): Promise<void> {
  const { scheduleId } = schedule.facts
  const { db } = service
  const made = db.selectFrom('reservations').select('id').where('event_schedule_id', '=', scheduleId)
  await db.deleteFrom('outbox_events').where('aggregate_id', 'in', made).execute()
  await db.deleteFrom('reservation_seats').where('schedule_id', '=', scheduleId).execute()
  await db.deleteFrom('reservations').where('event_schedule_id', '=', scheduleId).execute()
  await db.deleteFrom('cancelled_schedules').where('schedule_id', '=', scheduleId).execute()
}

test(
  'whatever buyers, payments, time, a show called off and losses of Redis do, in any order and repeated: answers, rows, outbox and Redis are those of the state machine',
  async () => {
    const agreement = fc.asyncProperty(reservationCommands, async (commands) => {
      const world = await newWorld()
      try {
        await fc.asyncModelRun(() => ({ model: emptyModel(world.schedule), real: world }), commands)
      } finally {
        await leave(world)
      }
    })
    await fc.assert(agreement, { numRuns: 300 })
  },
  timeoutMs,
)

/** Ends whatever the failed payment was for, as a service without a guard by payment and state would. */
const failUnguarded = async (world: ReservationWorld, reservationId: string) => {
  const { db } = world.service
  const ended = { status: 'CANCELLED' as const, cancel_reason: 'PAYMENT_FAILED' as const, cancelled_at: new Date() }
  await db.updateTable('reservations').set(ended).where('id', '=', reservationId).execute()
  await db.updateTable('reservation_seats').set({ active: false }).where('reservation_id', '=', reservationId).execute()
}

test(
  'a service in which any failed payment ends its reservation is found out (negative control)',
  async () => {
    const agreement = fc.asyncProperty(reservationCommands, async (commands) => {
      const world = await newWorld()
      const deliver: typeof service.deliver = async (event) => {
        const outcome = await service.deliver(event)
        if (event.eventType === 'PaymentFailed') await failUnguarded(world, event.payload.reservationId)
        return outcome
      }
      const real = { ...world, service: { ...service, deliver } }
      const run = fc.asyncModelRun(() => ({ model: emptyModel(world.schedule), real }), commands)
      const isFound = await run.then(
        () => false,
        () => true,
      )
      await leave(world)
      return !isFound
    })
    const result = await fc.check(agreement, { numRuns: 500, endOnFailure: true })
    expect(result.failed).toBe(true)
  },
  timeoutMs,
)

test('no call was answered with an error of our own making', () => {
  expect(service.logged.filter((line) => line.includes('INTERNAL_ERROR'))).toEqual([])
})
