import type { Socket } from 'node:net'
import { createLog, createMetrics, type Listening, listen } from '@ticket-queue/service-kit'
import { openEventSource, type TestEventSource } from '@ticket-queue/testing'
import { afterAll, afterEach } from 'vitest'
import { z } from 'zod'
import { buildApp } from './app.ts'
import { seatStatesSchema } from './read-seat-states/read-seat-states.route.ts'
import { createLiveSeats, defaultLiveSeats, type LiveSeatsSettings } from './states/live-seats.ts'
import type { SeatStreamSettings } from './stream-seat-states/stream-settings.ts'
import type { PlaceStreamSettings } from './stream-waiting-list/place-streams.ts'
import type { Buyer } from './test-buyers.ts'
import type { testReservationService } from './test-reservation-service.ts'

const closedSchema = z.object({ scheduleId: z.string(), reason: z.string() })
const toldSchema = z.union([seatStatesSchema, closedSchema])

export type SeatSource = TestEventSource<z.output<typeof toldSchema>>

/**
 * For tests: a further replica of the service over the stores of the file, listening, with live states of its own, and
 * rounds and ends of streams short enough to be waited for.
 */
export async function testReplica(
  { deps }: Pick<Awaited<ReturnType<typeof testReservationService>>, 'deps'>,
  settings: {
    streams?: Partial<SeatStreamSettings>
    places?: Partial<PlaceStreamSettings>
    live?: Partial<LiveSeatsSettings>
  } = {},
) {
  const metrics = createMetrics('reservation')
  const log = createLog('reservation', 'fatal')
  const liveSeats = createLiveSeats({ ...deps, log }, { ...defaultLiveSeats, lookMs: 50, ...settings.live })
  const seatStreamSettings = { roundMs: 50, tokenCheckMs: 100, drainMs: 500, ...settings.streams }
  const placeStreamSettings = { roundMs: 50, tokenCheckMs: 100, drainMs: 500, ...settings.places }
  const app = buildApp({ ...deps, log, metrics, liveSeats, seatStreamSettings, placeStreamSettings })
  const sockets: Socket[] = []
  app.server.on('connection', (socket: Socket) => void sockets.push(socket))
  const server: Listening = await listen(app, { host: '127.0.0.1', port: 0 })
  const opened: SeatSource[] = []
  afterEach(() => {
    for (const source of opened.splice(0)) source.close()
  })
  afterAll(async () => {
    await server.close()
    liveSeats.close()
  })
  return {
    app,
    server,
    liveSeats,
    /** The server's side of every connection, in the order of opening. */
    sockets,
    look: (buyer: Buyer, query = '', headers: Record<string, string> = {}) =>
      app.inject({
        method: 'GET',
        url: `/reservations/seats/${buyer.scheduleId}${query}`,
        headers: { ...buyer.headers, ...headers },
      }),
    open: async (
      { scheduleId, headers }: Pick<Buyer, 'scheduleId' | 'headers'>,
      more: Record<string, string> = {},
      query = '',
    ): Promise<SeatSource> => {
      const url = `${server.address}/reservations/seats/${scheduleId}/stream${query}`
      const source = await openEventSource(url, { ...headers, ...more }, (data) => toldSchema.parse(data))
      opened.push(source)
      return source
    },
    /** The sum of a metric's values. */
    figure: async (name: string, labels: Record<string, string> = {}): Promise<number> => {
      const all = await metrics.getMetricsAsJSON()
      const values = all.flatMap((metric) => metric.values.map((value) => ({ metricName: metric.name, ...value })))
      return values
        .filter(
          (value) =>
            value.metricName === name &&
            Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted),
        )
        .reduce((sum, { value }) => sum + value, 0)
    },
  }
}
