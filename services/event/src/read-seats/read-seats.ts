import { createHash } from 'node:crypto'
import type { Log } from '@ticket-queue/service-kit'
import { packed, type SentBody, withoutPlain } from '../answer-body.ts'
import type { Deps } from '../dependencies.ts'
import { createSeatMapText } from '../domain/seat-map-text.ts'
import { type FoundLayout, findPublicLayout, findSeatLayout, findSold, type Layout } from './find-seats.ts'
import { bytesOf, createSeatMapMemory, type SeatMapFormat, type SeatMapMemory, type View } from './seat-map-memory.ts'

export type SeatMaps = {
  /** Gives the seat map of a schedule ready to be sent (EVT-006), or null if the audience may see no such schedule. */
  read(scheduleId: string, format: SeatMapFormat, audience: 'public' | 'admin'): Promise<SentBody | null>
}

/**
 * How old an answer may be. Selling would otherwise make 15,000 seats be read and written again for each purchase; the seat
 * states that a buyer acts on come from the reservation service. With the quarter of a second for which the layout behind it is served
 * unasked it stays within the second that readers are promised (EVT-019).
 */
const servedMs = 700
/** From this age on the next view is being made while the last one is still served. */
const renewFromMs = 400
/** A view of 15,000 seats is about a MiB: both forms in both codings, without the plain text. */
const viewsMemory = { viewsMax: 2_000, bytesMax: 128 * 1024 * 1024 }
/** A layout as objects with its texts is some ten MiB, and needed only when something has been sold. */
const layoutsMax = 16

type Kept = Pick<Deps, 'db' | 'cache'> & { readonly views: SeatMapMemory; readonly layouts: Map<string, Layout> }

/**
 * Keeps the seat maps that people look at. The layout comes through the cache, what is sold is read from its index at most about
 * twice a second for each schedule, and the text is made and compressed anew only when either has changed.
 */
export function createSeatMaps({ db, cache, log }: Pick<Deps, 'db' | 'cache'> & { log: Log }): SeatMaps {
  const kept = { db, cache, views: createSeatMapMemory(viewsMemory), layouts: new Map<string, Layout>() }
  const underWay = new Map<string, Promise<View | null>>()

  const renewOnce = (scheduleId: string): Promise<View | null> => {
    const joined = underWay.get(scheduleId)
    if (joined !== undefined) return joined
    const started = renew(kept, scheduleId).finally(() => underWay.delete(scheduleId))
    underWay.set(scheduleId, started)
    return started
  }

  const current = (scheduleId: string): View | Promise<View | null> => {
    const known = kept.views.get(scheduleId)
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
      if (audience === 'admin') return presentBody({ db }, scheduleId, format)
      const view = await current(scheduleId)
      return view && bodyOf(kept, { scheduleId, view, format })
    },
  }
}

async function renew(kept: Kept, scheduleId: string): Promise<View | null> {
  const { db, views } = kept
  const known = views.get(scheduleId)
  const madeAtMs = performance.now()
  const found = await findPublicLayout(kept, scheduleId)
  if (found === null) {
    views.drop(scheduleId)
    return null
  }
  const { etag: layoutEtag } = found
  const isSameLayout = known?.layoutEtag === layoutEtag
  const seatsTotal = isSameLayout ? known.seatsTotal : layoutOf(kept, scheduleId, found).seats.seatsTotal
  const sold = await findSold(db, scheduleId, seatsTotal)
  const key = keyOf(layoutEtag, sold)
  if (known?.key === key) {
    known.madeAtMs = madeAtMs
    views.keep(scheduleId, known)
    return known
  }
  const view: View = { key, layoutEtag, seatsTotal, sold, madeAtMs, bodies: new Map(), bytes: 0 }
  // What readers have asked for is made before it is theirs, so that the first after a sale does not wait for 15,000 seats.
  const asked = [...(known?.bodies.keys() ?? [])]
  await Promise.all(asked.map((format) => bodyOf(kept, { scheduleId, view, format })))
  views.keep(scheduleId, view)
  return view
}

type Asked = { scheduleId: string; view: View; format: SeatMapFormat }

/** Gives the body of a view, made once for all who ask; null if the schedule has gone meanwhile. */
function bodyOf(kept: Kept, asked: Asked): Promise<SentBody | null> {
  const { scheduleId, view, format } = asked
  const known = view.bodies.get(format)
  if (known !== undefined) return known
  const made = makeBody(kept, asked).then(
    (body) => {
      if (body === null) view.bodies.delete(format)
      else view.bytes += bytesOf(body)
      if (kept.views.get(scheduleId) === view) kept.views.keep(scheduleId, view)
      return body
    },
    (error: unknown) => {
      view.bodies.delete(format)
      throw error
    },
  )
  view.bodies.set(format, made)
  return made
}

async function makeBody(kept: Kept, { scheduleId, view, format }: Asked): Promise<SentBody | null> {
  const last = kept.layouts.get(scheduleId)
  const found =
    last?.etag === view.layoutEtag ? { ...last, read: () => last } : await findPublicLayout(kept, scheduleId)
  return found && packedText(layoutOf(kept, scheduleId, found), view.sold, format)
}

function layoutOf({ layouts }: Kept, scheduleId: string, found: FoundLayout): Layout {
  const known = layouts.get(scheduleId)
  const layout = known?.etag === found.etag ? known : found.read()
  layouts.delete(scheduleId)
  layouts.set(scheduleId, layout)
  const [oldest] = layouts.keys()
  if (layouts.size > layoutsMax && oldest !== undefined) layouts.delete(oldest)
  return layout
}

async function presentBody(
  { db }: Pick<Deps, 'db'>,
  scheduleId: string,
  format: SeatMapFormat,
): Promise<SentBody | null> {
  const seats = await findSeatLayout(db, scheduleId, 'admin')
  if (seats === null) return null
  const sold = await findSold(db, scheduleId, seats.seatsTotal)
  return packedText({ etag: sha1(JSON.stringify(seats)), text: createSeatMapText(seats) }, sold, format)
}

async function packedText(
  { etag, text }: Pick<Layout, 'etag' | 'text'>,
  sold: Uint8Array,
  format: SeatMapFormat,
): Promise<SentBody> {
  const plain = Buffer.from(text[format](sold))
  return withoutPlain(await packed({ plain, br: null, gzip: null, etag: sha1(`${format} ${keyOf(etag, sold)}`) }))
}

const keyOf = (layoutEtag: string, sold: Uint8Array): string => `${layoutEtag} ${Buffer.from(sold).toString('base64')}`
const sha1 = (text: string): string => createHash('sha1').update(text).digest('base64url')
