import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ConfirmedSeats, ReservationOutcome } from '@ticket-queue/contracts/http/reservation'
import { afterAll } from 'vitest'

/** The reservation service's internal API over a map, speaking its contract; pages hold two seats. */
export async function startReservations(apiKey: string) {
  const books = new Map<string, ReservationOutcome>()
  const state = { isAway: false, beforeOutcome: async (_reservationId: string): Promise<void> => {} }
  const answer = async (path: string): Promise<object | null> => {
    const url = new URL(path, 'http://reservations')
    const [, , kind, id = ''] = url.pathname.split('/')
    if (kind === 'schedules') return pageOf(books, id, url.searchParams.get('after') ?? '')
    // What it is now is what it says, however long the answer takes.
    const outcome = books.get(id)
    const copy = outcome === undefined ? null : { ...outcome }
    await state.beforeOutcome(id)
    return copy
  }
  const server = createServer(async (request, response) => {
    const refused = request.headers['x-service-api-key'] !== apiKey
    const body = refused || state.isAway ? null : await answer(request.url ?? '/')
    const status = refused ? 401 : state.isAway ? 503 : body === null ? 404 : 200
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body ?? { code: status === 404 ? 'RESERVATION_NOT_FOUND' : 'OTHER' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, books, state }
}

const pageSize = 2

function pageOf(books: ReadonlyMap<string, ReservationOutcome>, scheduleId: string, after: string): ConfirmedSeats {
  const all = [...books.values()]
    .filter((one) => one.scheduleId === scheduleId)
    .flatMap(({ reservationId, status, seatIds, withheldSeatIds = [] }) =>
      (status === 'CONFIRMED' ? seatIds : withheldSeatIds).map((seatId) => ({ seatId, reservationId })),
    )
    .filter(({ seatId }) => seatId > after)
    .toSorted((a, b) => (a.seatId < b.seatId ? -1 : 1))
  const seats = all.slice(0, pageSize)
  return { scheduleId, seats, next: all.length > pageSize ? (seats.at(-1)?.seatId ?? null) : null }
}
