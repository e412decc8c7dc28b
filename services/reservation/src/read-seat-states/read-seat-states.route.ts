import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import { type ReadSeatStatesDeps, readSeatStates } from './read-seat-states.ts'

/** No hall has so many. */
const pageMax = 100
const counts = z.object({ total: z.int(), available: z.int(), sold: z.int(), hold: z.int() })
const ordinals = z.array(z.int().nonnegative())
const facts = { scheduleId: idSchema, version: z.string(), isOld: z.boolean(), seats: counts }
const whole = { ...facts, whole: z.literal(true) }
const listed = z.object({
  ...whole,
  page: z.int().optional().describe('Which page this is'),
  pages: z.int().optional().describe('How many there are; all of one state have the same version'),
  sold: z.array(idSchema),
  hold: z.array(idSchema),
})
const packed = z.object({ ...whole, sold: z.base64(), hold: z.base64() })
const changed = z.object({
  ...facts,
  whole: z.literal(false),
  since: z.string(),
  changes: z.object({ available: ordinals, sold: ordinals, hold: ordinals }),
})

/**
 * The answers of `GET /reservations/seats/{scheduleId}`: all seats as IDs, or with `?page=` those of 5,000 ordinals, or as bit sets
 * with `?format=bitmap`; with `?since=` a version, the ordinals of what has changed since, or all seats if that version is not remembered or all as bit
 * sets are shorter.
 */
export const seatStatesSchema = z.union([listed, packed, changed])

const querySchema = z
  .object({
    format: z.enum(['list', 'bitmap']).default('list'),
    since: z.string().max(100).optional(),
    page: z.coerce.number().int().min(0).max(pageMax).optional(),
  })
  .refine(({ format, since, page }) => page === undefined || (format === 'list' && since === undefined), {
    path: ['page'],
    message: 'Only the list of all seats has pages',
  })

/** `GET /reservations/seats/{scheduleId}` (RSV-003); 304 while nothing has changed. */
export function readSeatStatesRoute(app: App, deps: ReadSeatStatesDeps): void {
  app.get(
    '/reservations/seats/:scheduleId',
    {
      schema: {
        summary: 'Live state of the seats of a schedule, or what has changed since a version',
        params: z.object({ scheduleId: idSchema }),
        querystring: querySchema,
        headers: z.object({
          'x-queue-token': z.string().max(200).optional(),
          'if-none-match': z.string().max(1_000).optional(),
        }),
        response: { 200: seatStatesSchema, 304: z.undefined(), ...commonResponses },
      },
    },
    async (request, reply) => {
      const { userId } = requireIdentity(request)
      const { format, since, page } = request.query
      const picture = await readSeatStates(deps, {
        userId,
        queueToken: request.headers['x-queue-token'],
        scheduleId: request.params.scheduleId,
        since,
      })
      if (!picture) throw problem(errors, 'SCHEDULE_NOT_FOUND')
      const changes = since === undefined ? null : picture.since(since, format)
      const tag = `"${picture.digest}-${changes === null ? [format, page].join('') : 'changes'}"`
      const whole = () => (page === undefined ? picture.whole(format) : picture.listPage(page))
      // Weak, because the gateway may compress; private, because a shared cache does not see the queue token.
      reply.header('etag', `W/${tag}`).header('cache-control', 'private, no-cache')
      const isUnchanged = since !== undefined && picture.is(since)
      if (isUnchanged || isKnown(request.headers['if-none-match'], tag)) return reply.code(304).send()
      // The text is made once for all who ask, and a text is sent as it is.
      reply.type('application/json; charset=utf-8')
      return reply.code(200).send((changes ?? whole()) as never)
    },
  )
}

function isKnown(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((known) => ['*', tag].includes(known.trim().replace(/^W\//, '')))
}
