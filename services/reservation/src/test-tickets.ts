import jsqr from 'jsqr'
import { PNG } from 'pngjs'
import { v7 as uuidv7 } from 'uuid'
import { asPerson, type Buyer } from './test-buyers.ts'
import { paymentSuccess, type testReservationService } from './test-reservation-service.ts'

type Service = Awaited<ReturnType<typeof testReservationService>>

/** The headers the gateway sends for a scanner's account. */
export const asScanner = (userId = uuidv7()): Record<string, string> => ({
  ...asPerson(userId),
  'x-user-role': 'ADMIN',
})

/** What ticket holders and gates ask of a reservation service. */
export const ticketsOf = ({ app, deps, db, scene, paying, deliver, read }: Service) => {
  /** A paid reservation of `seatsTotal` seats of a schedule of its own. */
  const bought = async (seatsTotal = 1) => {
    const { buyer, seatIds, scheduleId, schedule } = await scene(seatsTotal)
    const held = await paying(buyer, seatIds)
    await deliver(paymentSuccess(buyer, held, held.paymentId))
    const { ticket_number: ticketNumber } = await db
      .selectFrom('reservations')
      .select('ticket_number')
      .where('id', '=', held.reservationId)
      .executeTakeFirstOrThrow()
    if (!ticketNumber) throw new Error('a paid reservation has no ticket number')
    const seatId = seatIds[0] ?? ''
    return { buyer, schedule, scheduleId, seatIds, seatId, reservationId: held.reservationId, ticketNumber }
  }
  type Bought = Awaited<ReturnType<typeof bought>>
  const draw = ({ reservationId }: { reservationId: string }, who: Pick<Buyer, 'headers'>, query = '') =>
    read(who, `/reservations/${reservationId}/ticket${query}`)
  /** What was drawn `slotsAgo` slots of 30 s before now. */
  const codeOf = ({ ticketNumber, seatId, scheduleId }: Bought, slotsAgo = 0) =>
    deps.ticketKeys.sign({ ticketNumber, seatId, scheduleId, slot: Math.floor(Date.now() / 30_000) - slotsAgo })
  const admit = (payload: Record<string, unknown>, headers = asScanner()) =>
    app.inject({ method: 'POST', url: '/reservations/tickets/verify', headers, payload })
  const upload = (payload: Record<string, unknown>, headers = asScanner()) =>
    app.inject({ method: 'POST', url: '/reservations/tickets/entries', headers, payload })
  const entries = () => db.selectFrom('ticket_entries').selectAll().orderBy('id').execute()
  return { bought, draw, codeOf, admit, upload, entries }
}

/** What an independent reader finds in a PNG; null for nothing. */
export const readPng = (bytes: Buffer): { data: string; version: number } | null => {
  const { data, width, height } = PNG.sync.read(bytes)
  return jsqr.default(new Uint8ClampedArray(data), width, height)
}

/** What an independent reader finds in a drawing of ours, rasterized at four pixels a module. */
export const readSvg = (text: string): { data: string; version: number } | null => {
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(text)?.[1])
  const path = /fill="#000" d="([^"]*)"/.exec(text)?.[1] ?? ''
  const scale = 4
  const pixels = new Uint8ClampedArray((size * scale) ** 2 * 4).fill(255)
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    for (let down = 0; down < scale; down += 1) {
      const start = ((Number(y) * scale + down) * size * scale + Number(x) * scale) * 4
      for (let right = 0; right < Number(length) * scale; right += 1)
        pixels.fill(0, start + right * 4, start + right * 4 + 3)
    }
  }
  return jsqr.default(pixels, size * scale, size * scale)
}
