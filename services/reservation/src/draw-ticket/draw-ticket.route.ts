import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { pngOf, qrModulesOf, svgOf } from '../domain/qr-drawing.ts'
import { errors } from '../errors.ts'
import { type DrawnTicket, type DrawTicketDeps, drawTicket } from './draw-ticket.ts'

const time = z.iso.datetime({ offset: true })

/** `?format=json`: for who draws the code itself, and for when to ask again. */
export const ticketAnswerSchema = z.object({
  reservationId: idSchema,
  ticketNumber: z.string(),
  scheduleId: idSchema,
  seat: z.object({ seatId: idSchema, seatNumber: z.string(), grade: z.enum(['VIP', 'S', 'A', 'B']) }),
  code: z.string(),
  askAgainAt: time,
  askAgainAfterMs: z.int(),
  goodUntil: time,
  enteredAt: time.nullable(),
})

const formats = ['svg', 'png', 'json'] as const
type Format = (typeof formats)[number]
const mediaTypes: Record<Format, string> = { svg: 'image/svg+xml', png: 'image/png', json: 'application/json' }
const answers = {
  content: {
    'image/svg+xml': { schema: z.string() },
    'image/png': { schema: z.string().meta({ format: 'binary' }) },
    'application/json': { schema: ticketAnswerSchema },
  },
}

/**
 * `GET /reservations/{id}/ticket` (RSV-010): the QR code of one seat, another one every 30 s. SVG unless `format`, or else
 * the first of the three media types that `Accept` names, says PNG or JSON.
 */
export function drawTicketRoute(app: App, deps: DrawTicketDeps): void {
  app.get(
    '/reservations/:reservationId/ticket',
    {
      schema: {
        summary: 'The ticket of one seat as a QR code that rotates every 30 s',
        params: z.object({ reservationId: idSchema }),
        querystring: z.object({ seat: idSchema.optional(), format: z.enum(formats).optional() }),
        headers: z.object({ accept: z.string().max(1_000).optional() }),
        response: { 200: answers, ...commonResponses },
      },
    },
    async (request, reply) => {
      const { userId } = requireIdentity(request)
      const { seat: seatId, format = formatFor(request.headers.accept) } = request.query
      const ticket = await drawTicket(deps, { userId, reservationId: request.params.reservationId, seatId })
      if (!ticket) throw problem(errors, 'TICKET_NOT_FOUND')
      reply.header('cache-control', 'no-store').header('vary', 'accept')
      reply.header('x-ask-again-after-ms', ticket.askAgainAfterMs)
      if (format === 'json') return ticket
      reply.type(mediaTypes[format])
      return reply.send(pictureOf(ticket, format) as never)
    },
  )
}

function formatFor(accept = ''): Format {
  const named = accept.split(',').map((one) => one.split(';')[0]?.trim())
  return named.flatMap((one) => formats.filter((format) => mediaTypes[format] === one))[0] ?? 'svg'
}

function pictureOf({ code, ticketNumber, seat }: DrawnTicket, format: 'svg' | 'png'): string | Buffer {
  const modules = qrModulesOf(code)
  return format === 'png' ? pngOf(modules) : svgOf(modules, `${ticketNumber} ${seat.seatNumber}`)
}
