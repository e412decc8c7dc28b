import { type App, type Job, startJob } from '@ticket-queue/service-kit'
import { createPositionStreams, type PositionStreamsDeps } from './position-streams.ts'
import { streamPositionsRoute } from './stream-positions.route.ts'
import { defaultStreamSettings, type StreamSettings } from './stream-settings.ts'

export interface StreamPositionsDeps extends PositionStreamsDeps {
  readonly pollsPerMinute: number
  readonly streamSettings?: Partial<StreamSettings>
}

/**
 * Adds the event streams to the public server. They live and end with it: rounds begin when it listens; when it stops, streams
 * are ended one after the other and go on being told until then.
 */
export function streamPositions(app: App, deps: StreamPositionsDeps): void {
  const settings = { ...defaultStreamSettings, ...deps.streamSettings }
  const streams = createPositionStreams(deps, settings)
  let job: Job | null = null
  let drained: Promise<void> | null = null
  app.addHook('onListen', async () => {
    job = startJob({
      name: 'stream-positions',
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
  streamPositionsRoute(app, { ...deps, streams })
}
