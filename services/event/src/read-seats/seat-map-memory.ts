import type { SentBody } from '../answer-body.ts'

export type SeatMapFormat = 'full' | 'compact'

/** A seat map as this process last made it. `key` changes with the layout and with what is sold. */
export type View = {
  readonly key: string
  readonly layoutEtag: string
  readonly seatsTotal: number
  readonly sold: Uint8Array
  madeAtMs: number
  /** In the forms that somebody has asked for. */
  readonly bodies: Map<SeatMapFormat, Promise<SentBody | null>>
  /** Of the bodies that have been made. */
  bytes: number
}

/** The seat maps of a process, by schedule. */
export type SeatMapMemory = {
  get(scheduleId: string): View | undefined
  /** Keeps a view in place of the one before; again, when it was asked for again or has grown. */
  keep(scheduleId: string, view: View): void
  drop(scheduleId: string): void
}

/** An empty memory with room for so many views and bytes; what was asked for longest ago goes first. */
export function createSeatMapMemory({ viewsMax, bytesMax }: { viewsMax: number; bytesMax: number }): SeatMapMemory {
  const views = new Map<string, { view: View; bytes: number }>()
  let bytes = 0
  const drop = (scheduleId: string) => {
    bytes -= views.get(scheduleId)?.bytes ?? 0
    views.delete(scheduleId)
  }
  return {
    get: (scheduleId) => views.get(scheduleId)?.view,
    keep(scheduleId, view) {
      drop(scheduleId)
      views.set(scheduleId, { view, bytes: view.bytes })
      bytes += view.bytes
      for (const [oldest] of views) {
        if (views.size <= viewsMax && bytes <= bytesMax) break
        drop(oldest)
      }
    },
    drop,
  }
}

export const bytesOf = ({ plain, br, gzip }: SentBody): number =>
  (plain?.length ?? 0) + (br?.length ?? 0) + (gzip?.length ?? 0)
