import { ticketKeySetSchema, verifyTicketCode } from '@ticket-queue/contracts/ticket'
import { logIn } from '@ticket-queue/scripts/call-api'
import jsqr from 'jsqr'
import { PNG } from 'pngjs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { checkBooks } from '../invariants/check-books.ts'
import { chooseSeats, pay, signUpAndLogIn, waitForTurn } from '../load/crowd/buyer.ts'
import { createMeasures } from '../load/crowd/measure.ts'
import { prepareRoad } from '../load/crowd/run-crowd.ts'
import { testSystem } from '../system/test-system.ts'

const own = await testSystem()
const road = await prepareRoad(own, createMeasures())
const { gatewayUrl, scheduleId } = own

const ticketSchema = z.object({ ticketPath: z.string(), ticketNumber: z.string() })

const ask = (path: string, token?: string, body?: unknown) =>
  fetch(`${gatewayUrl}${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
  })
const verdictOf = async (answer: Response) => {
  const body = (await answer.json()) as Record<string, unknown>
  return `${answer.status} ${String(body['code'] ?? body['gate'])}`
}

test('who has paid comes in once: the picture through the gateway, a scanner without network, two gates, the books', async () => {
  const buyer = await signUpAndLogIn(road, 1)
  await waitForTurn(road, buyer)
  const hold = await chooseSeats(road, buyer)
  if (!hold) throw new Error('there were no free seats')
  await pay(road, { ...buyer, queueToken: hold.paymentToken }, hold, 'buy')

  const reservation = await ask(`/reservations/${hold.reservationId}`, buyer.token)
  const { ticketPath, ticketNumber } = ticketSchema.parse(await reservation.json())
  const picture = await ask(`${ticketPath}?format=png`, buyer.token)
  expect(picture.headers.get('cache-control')).toBe('no-store')
  const { data, width, height } = PNG.sync.read(Buffer.from(await picture.arrayBuffer()))
  const code = jsqr.default(new Uint8ClampedArray(data), width, height)?.data ?? ''
  const { keys: publicKeys } = ticketKeySetSchema.parse(await (await ask('/reservations/tickets/keys')).json())
  const judge = (nowMs: number) => verifyTicketCode(code, { publicKeys, nowMs, scheduleId })
  expect(await judge(Date.now())).toMatchObject({ ok: true, facts: { ticketNumber } })
  expect(await judge(Date.now() + 90_000)).toEqual({ ok: false, refused: 'EXPIRED' })

  const staff = await logIn(gatewayUrl, own.admin.email, own.admin.password)
  const scan = { code, scheduleId, gate: 'North' }
  expect(await verdictOf(await ask('/reservations/tickets/verify', buyer.token, scan))).toBe('403 FORBIDDEN')
  expect(await verdictOf(await ask('/reservations/tickets/verify', staff, scan))).toBe('200 North')
  const again = await ask('/reservations/tickets/verify', staff, { ...scan, gate: 'South' })
  expect(await again.json()).toMatchObject({ status: 409, code: 'ALREADY_USED', gate: 'North' })
  const entered = (await checkBooks(own.books)).filter(({ name }) =>
    /^(who came in|a seat of a reservation)/.test(name),
  )
  expect(entered).toMatchObject([
    { examined: 1, violations: [] },
    { examined: 1, violations: [] },
  ])
}, 120_000)
