import {
  AndNode,
  type KyselyPlugin,
  OperationNodeTransformer,
  type SelectQueryNode,
  type UpdateQueryNode,
  WhereNode,
} from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { outcome } from '../test-buyers.ts'
import { askWhileConfirming } from '../test-confirmations.ts'
import type { TestSchedule } from '../test-neighbours.ts'
import { paymentFailed, paymentSuccess, testReservationService } from '../test-reservation-service.ts'
import { cancelReservation } from './cancel-reservation.ts'

const service = await testReservationService()
const { db, deps, scene, admitOne, hold, held, paying, cancel, deliver, reservation, published } = service

const ticketHolder = async () => {
  const { buyer, seatIds } = await scene()
  const mine = await paying(buyer, seatIds)
  await deliver(paymentSuccess(buyer, mine, mine.paymentId))
  return { buyer, mine }
}

/** The use case without its row lock and without the states its updates are guarded by, each the last condition. */
class Unguarded extends OperationNodeTransformer {
  protected override transformSelectQuery(node: SelectQueryNode): SelectQueryNode {
    const { endModifiers: _, ...rest } = super.transformSelectQuery(node)
    return rest
  }
  protected override transformUpdateQuery(node: UpdateQueryNode): UpdateQueryNode {
    const query = super.transformUpdateQuery(node)
    const where = query.where?.where
    return where && AndNode.is(where) ? { ...query, where: WhereNode.create(where.left) } : query
  }
}
/** Lets nobody go on before `people` have read the reservation as it is. */
const readTogether = (people: number): KyselyPlugin => {
  const transformer = new Unguarded()
  const all = Promise.withResolvers<void>()
  let readers = 0
  return {
    transformQuery: ({ node }) => transformer.transformNode(node),
    transformResult: async ({ result }) => {
      if (result.rows[0] && 'schedule_cancelled' in result.rows[0]) {
        readers += 1
        if (readers === people) all.resolve()
        await all.promise
      }
      return result
    },
  }
}

test('twenty at once: one event, one refund, one answer; without the guards it would be several', async () => {
  const { buyer, mine } = await ticketHolder()
  const answers = await Promise.all(Array.from({ length: 20 }, () => cancel(buyer, mine.reservationId)))
  expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1)
  expect(answers[0]?.statusCode).toBe(200)
  expect((await published(mine.reservationId)).map(({ type }) => type)).toEqual([
    'ReservationConfirmed',
    'ReservationCancelled',
  ])

  const control = await ticketHolder()
  const input = { userId: control.buyer.userId, reservationId: control.mine.reservationId, requestId: 'unguarded' }
  const unguarded = { ...deps, db: db.withPlugin(readTogether(4)) }
  await Promise.all(Array.from({ length: 4 }, () => cancelReservation(unguarded, input)))
  expect((await published(control.mine.reservationId)).length).toBe(5)
})

test('cancelled while it is confirmed: a hold without money ends, or a ticket with all its money back, and nothing between', async () => {
  for (let round = 0; round < 12; round += 1) {
    const { buyer, seatIds } = await scene()
    const mine = await held(buyer, seatIds)
    const [cancelled] = await Promise.all([
      cancel(buyer, mine.reservationId),
      deliver(paymentSuccess(buyer, mine, uuidv7())),
    ])
    expect(outcome(cancelled)).toBe('200')
    const events = await published(mine.reservationId)
    const refunds = events.map((event) => Number(event['refundAmount'] ?? 0))
    expect(refunds.reduce((sum, amount) => sum + amount, 0)).toBe(mine.totalAmount)
    expect(refunds.filter((amount) => amount > 0)).toHaveLength(1)
    expect((await reservation(mine.reservationId)).status).toBe('CANCELLED')
  }
})

type Release = TestSchedule['facts']['rules']['release']
const withRelease = (release: Release) => ({ perPersonMax: null, avoidOrphans: false, release })
const releases: { release: Release; seats: string }[] = [
  { release: { policy: 'AT_ONCE', at: null }, seats: '201' },
  { release: { policy: 'BATCHED', at: '02:10' }, seats: '409 SEAT_TAKEN' },
  { release: { policy: 'WAITING_LIST', at: null }, seats: '409 SEAT_TAKEN' },
]

test.each(releases)(
  'cancelled while it is confirmed, the seats come back by the policy: $release.policy',
  async ({ release, seats }) => {
    const { schedule, buyer, seatIds } = await scene(4, { rules: withRelease(release) })
    const mine = await paying(buyer, seatIds)
    const success = paymentSuccess(buyer, mine, mine.paymentId)
    const cancelled = await askWhileConfirming(db, success, () => cancel(buyer, mine.reservationId))
    expect([outcome(cancelled), cancelled.json()]).toEqual([
      '200',
      expect.objectContaining({ refundAmount: mine.totalAmount, fee: 0 }),
    ])
    expect(outcome(await hold(await admitOne(schedule), seatIds))).toBe(seats)
  },
)

test.each(releases)('an unpaid hold given back is free at once, whatever the policy: $release.policy', async (one) => {
  const { schedule, buyer, seatIds } = await scene(4, { rules: withRelease(one.release) })
  const mine = await held(buyer, seatIds)
  expect(outcome(await cancel(buyer, mine.reservationId))).toBe('200')
  expect(outcome(await hold(await admitOne(schedule), seatIds))).toBe('201')
})

test('cancelled while its payment fails: one end, told once', async () => {
  for (let round = 0; round < 8; round += 1) {
    const { buyer, seatIds } = await scene()
    const mine = await held(buyer, seatIds)
    await Promise.all([cancel(buyer, mine.reservationId), deliver(paymentFailed(buyer, mine, uuidv7()))])
    expect(await published(mine.reservationId)).toHaveLength(1)
  }
})

test('money that comes after an unpaid hold was given back goes back in full', async () => {
  const { buyer, seatIds } = await scene()
  const mine = await held(buyer, seatIds)
  await cancel(buyer, mine.reservationId)
  await deliver(paymentSuccess(buyer, mine, uuidv7()))
  expect((await published(mine.reservationId)).at(-1)).toMatchObject({ refundAmount: mine.totalAmount, feeAmount: 0 })
})

test('the success of a ticket given back, told anew, is not refunded a second time', async () => {
  const { buyer, mine } = await ticketHolder()
  await cancel(buyer, mine.reservationId)
  await deliver(paymentSuccess(buyer, mine, mine.paymentId))
  expect(await published(mine.reservationId)).toHaveLength(2)
})
