import { type App, type Job, startJob } from '@ticket-queue/service-kit'
import {
  createPlaceStreams,
  defaultPlaceStreams,
  type PlaceStreamSettings,
  type PlaceStreamsDeps,
} from './place-streams.ts'
import { streamWaitingListRoute } from './stream-waiting-list.route.ts'

export interface StreamWaitingListDeps extends PlaceStreamsDeps {
  readonly placeStreamSettings: Partial<PlaceStreamSettings>
}

/** Adds the streams of places in waiting lists to the public server. They live and end with it. */
export function streamWaitingList(app: App, deps: StreamWaitingListDeps): void {
  const settings = { ...defaultPlaceStreams, ...deps.placeStreamSettings }
  const streams = createPlaceStreams(deps, settings)
  let job: Job | null = null
  let drained: Promise<void> | null = null
  app.addHook('onListen', async () => {
    const { roundMs: everyMs } = settings
    job = startJob({ name: 'stream-waiting-list', everyMs, log: deps.log, run: () => streams.round() })
  })
  app.addHook('preClose', async () => {
    drained = streams.drain()
  })
  app.addHook('onClose', async () => {
    await drained
    await job?.close()
  })
  streamWaitingListRoute(app, { streams })
}
