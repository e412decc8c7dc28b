import { Readable } from 'node:stream'
import { idSchema } from '@ticket-queue/contracts/ids'
import { drawAnnouncementSchema, publishedDrawSchema, receiptSchema, writeCanonical } from '@ticket-queue/draw'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { drawStateSchema } from '../draw-state.ts'
import { errors } from '../errors.ts'
import {
  type ReadDrawDeps,
  readAnnouncement,
  readDraw,
  readPublishedDraw,
  readPublishedRoster,
  readReceipt,
} from './read-draw.ts'

const params = z.object({ scheduleId: idSchema })
const base = '/queue/draws/:scheduleId'
const json = 'application/json; charset=utf-8'

const describe = <Schema extends z.ZodType>(summary: string, answer: Schema) => ({
  schema: { tags: ['queue'], summary, params, response: { ...commonResponses, 200: answer } },
})

/** `GET /queue/draws/{scheduleId}` and its files, for anybody but the receipt, which is its owner's; published bytes are sent as they are verified, in canonical JSON. */
export function readDrawRoutes(app: App, deps: ReadDrawDeps): void {
  app.get(
    base,
    describe('The draw of a schedule: what was committed to, and what has come of it', drawStateSchema),
    async (request) => {
      return orRefuse(await readDraw(deps, request.params.scheduleId))
    },
  )
  const announcement = describe('announcement.json: what the draw was committed to', drawAnnouncementSchema)
  app.get(`${base}/announcement.json`, announcement, async (request, reply) => {
    const found = orRefuse(await readAnnouncement(deps, request.params.scheduleId))
    return reply.type(json).send(writeCanonical(found) as never)
  })
  const receipt = describe('Your receipt: index, position and the path to the roster digest', receiptSchema)
  app.get(`${base}/receipt`, receipt, async (request, reply) => {
    const { userId } = requireIdentity(request)
    reply.header('cache-control', 'no-store')
    return orRefuse(await readReceipt(deps, { scheduleId: request.params.scheduleId, userId }))
  })
  const published = describe('draw.json: seed, salt, digest and key of a published draw', publishedDrawSchema)
  app.get(`${base}/draw.json`, published, async (request, reply) => {
    const found = orRefuse(await readPublishedDraw(deps, request.params.scheduleId))
    return reply.type(json).send(writeCanonical(found) as never)
  })
  const roster = describe('roster.ndjson: entrant, index and position of everybody in a published draw', z.string())
  app.get(`${base}/roster.ndjson`, roster, async (request, reply) => {
    const pieces = orRefuse(await readPublishedRoster(deps, request.params.scheduleId))
    return reply.type('application/x-ndjson').send(Readable.from(pieces) as never)
  })
}

/** What was found; throws the problem of a refusal. */
function orRefuse<Found extends object>(found: Found): Exclude<Found, { refused: string }> {
  if ('refused' in found) throw problem(errors, found.refused as keyof typeof errors)
  return found as Exclude<Found, { refused: string }>
}
