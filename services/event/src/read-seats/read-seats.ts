import { createHash } from 'node:crypto'
import type { Log } from '@ticket-queue/service-kit'
import { type AnswerBody, packed } from '../answer-body.ts'
import type { Deps } from '../dependencies.ts'
import { createSeatMapText } from '../domain/seat-map-text.ts'
import { findPublicLayout, findSeatLayout, findSold, type Layout } from './find-seats.ts'

export type SeatMapFormat = 'full' | 'compact'
/** A seat map as this process last made it. `key` changes with the layout and with what is sold. */
type View = {
  key: string
  madeAtMs: number
  bodies: Map<SeatMapFormat, Promise<AnswerBody>>
  layout: Layout
  sold: Uint8Array
}

export type SeatMaps = {
  /** Gives the seat map of a schedule ready to be sent (EVT-006), or null if the audience may see no such schedule. */
  read(scheduleId: string, format: SeatMapFormat, audience: 'public' | 'admin'): Promise<AnswerBody | null>
}

/**
 * How old an answer may be. Selling would otherwise make 15,000 seats be read and written again for each purchase; the seat
 * states that a buyer acts on come from the reservation service. A second is also what readers are promised (EVT-019).
 */
const servedMs = 950
/** From this age on the next view is being made while the last one is still served. */
const renewFromMs = 400
const viewsMax = 16

/**
 * Keeps the seat maps that people look at. The layout comes through the cache, what is sold is read from its index at most about
 * twice a second for each schedule, and the text is made and compressed anew only when either has changed.
 */
export function createSeatMaps({ db, cache, log }: Pick<Deps, 'db' | 'cache'> & { log: Log }): SeatMaps {
  const views = new Map<string, View>()
  const underWay = new Map<string, Promise<View | null>>()

  const renew = async (scheduleId: string): Promise<View | null> => {
    const known = views.get(scheduleId)
    const madeAtMs = performance.now()
    const layout = await findPublicLayout({ db, cache }, scheduleId, known?.layout)
    if (layout === null) {
      views.delete(scheduleId)
      return null
    }
    const sold = await findSold(db, scheduleId, layout.seats.seatsTotal)
    const key = keyOf(layout, sold)
    const view = known?.key === key ? { ...known, madeAtMs } : { key, madeAtMs, layout, sold, bodies: new Map() }
    if (known !== undefined && view.key !== known.key) await makeAsked(known, view)
    views.delete(scheduleId)
    views.set(scheduleId, view)
    const [oldest] = views.keys()
    if (views.size > viewsMax && oldest !== undefined) views.delete(oldest)
    return view
  }

  const renewOnce = (scheduleId: string): Promise<View | null> => {
    const joined = underWay.get(scheduleId)
    if (joined !== undefined) return joined
    const started = renew(scheduleId).finally(() => underWay.delete(scheduleId))
    underWay.set(scheduleId, started)
    return started
  }

  const current = (scheduleId: string): View | Promise<View | null> => {
    const known = views.get(scheduleId)
    const ageMs = known === undefined ? servedMs : performance.now() - known.madeAtMs
    if (known === undefined || ageMs >= servedMs) return renewOnce(scheduleId)
    if (ageMs >= renewFromMs) {
      renewOnce(scheduleId).catch((error: unknown) =>
        log.warn({ err: error, scheduleId }, 'a seat map was not renewed'),
      )
    }
    return known
  }

  return {
    read: async (scheduleId, format, audience) => {
      const view = audience === 'admin' ? await presentView({ db }, scheduleId) : await current(scheduleId)
      return view && bodyOf(view, format)
    },
  }
}

/** Makes what readers have asked for, so that the first one after a sale does not wait for 15,000 seats. */
async function makeAsked(before: View, view: View): Promise<void> {
  await Promise.all([...before.bodies.keys()].map((format) => bodyOf(view, format)))
}

async function presentView({ db }: Pick<Deps, 'db'>, scheduleId: string): Promise<View | null> {
  const seats = await findSeatLayout(db, scheduleId, 'admin')
  if (seats === null) return null
  const sold = await findSold(db, scheduleId, seats.seatsTotal)
  const layout = { etag: sha1(JSON.stringify(seats)), seats, text: createSeatMapText(seats) }
  return { key: keyOf(layout, sold), madeAtMs: 0, layout, sold, bodies: new Map() }
}

function bodyOf(view: View, format: SeatMapFormat): Promise<AnswerBody> {
  const known = view.bodies.get(format)
  if (known !== undefined) return known
  const plain = Buffer.from(view.layout.text[format](view.sold))
  const body = packed({ plain, br: null, gzip: null, etag: sha1(`${format} ${view.key}`) })
  view.bodies.set(format, body)
  return body
}

const keyOf = (layout: Layout, sold: Uint8Array): string => `${layout.etag} ${Buffer.from(sold).toString('base64')}`
const sha1 = (text: string): string => createHash('sha1').update(text).digest('base64url')
