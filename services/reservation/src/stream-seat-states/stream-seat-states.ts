import type { ReadQueueToken } from '@ticket-queue/lua/queue'
import { type App, type Job, startJob } from '@ticket-queue/service-kit'
import type { LiveSeats } from '../states/live-seats.ts'
import { createSeatStreams, type SeatStreamsDeps } from './seat-streams.ts'
import { streamSeatStatesRoute } from './stream-seat-states.route.ts'
import { defaultSeatStreams, type SeatStreamSettings } from './stream-settings.ts'

export interface StreamSeatStatesDeps extends SeatStreamsDeps {
  readonly liveSeats: LiveSeats
  readonly readQueueToken: ReadQueueToken
  readonly seatStreamSettings: Partial<SeatStreamSettings>
}

/**
 * Adds the streams of seat states to the public server. They live and end with it: rounds begin when it listens; when it
 * stops, streams are ended one after the other and go on being told until then.
 */
export function streamSeatStates(app: App, deps: StreamSeatStatesDeps): void {
  const settings = { ...defaultSeatStreams, ...deps.seatStreamSettings }
  const streams = createSeatStreams(deps, settings)
  let job: Job | null = null
  let drained: Promise<void> | null = null
  app.addHook('onListen', async () => {
    job = startJob({
      name: 'stream-seat-states',
      everyMs: settings.roundMs,
      log: deps.log,
      run: () => streams.round(),
    })
  })
  app.addHook('preClose', async () => {
    drained = streams.drain()
  })
  app.addHook('onClose', async () => {
    await drained
    await job?.close()
  })
  streamSeatStatesRoute(app, { ...deps, streams })
}
