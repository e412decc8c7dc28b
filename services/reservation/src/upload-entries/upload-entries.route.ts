import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { gateSchema, ticketCodeSchema } from '../domain/gate.ts'
import { type UploadEntriesDeps, type UploadedEntry, uploadEntries } from './upload-entries.ts'

const scansMax = 500
const time = z.iso.datetime({ offset: true })

const outcomeSchema = z.object({
  outcome: z.enum([
    'ENTERED',
    'ALREADY_USED',
    'CANCELLED',
    'TICKET_NOT_FOUND',
    'MALFORMED',
    'UNKNOWN_KEY',
    'SIGNATURE',
    'OTHER_SCHEDULE',
    'EXPIRED',
    'NOT_YET',
    'SCANNED_IN_FUTURE',
  ]),
  seatNumber: z.string().optional(),
  enteredAt: time.optional(),
  gate: z.string().nullable().optional(),
  cancelledAt: time.optional(),
})

/** `POST /reservations/tickets/entries`: the scans of a gate that had no network, up to 500 at a time. */
export function uploadEntriesRoute(app: App, deps: UploadEntriesDeps): void {
  app.post(
    '/reservations/tickets/entries',
    {
      schema: {
        summary: 'Upload the scans of a gate that had no network',
        body: z.object({
          scheduleId: idSchema,
          gate: gateSchema.optional(),
          codes: z
            .array(z.object({ code: ticketCodeSchema, scannedAt: time }))
            .min(1)
            .max(scansMax),
        }),
        response: { 200: z.object({ entered: z.int(), list: z.array(outcomeSchema) }), ...commonResponses },
      },
    },
    async (request) => {
      const { userId: scannedBy } = requireAdmin(request)
      const { scheduleId, gate = null, codes } = request.body
      const scans = codes.map(({ code, scannedAt }) => ({ code, scannedAtMs: Date.parse(scannedAt) }))
      const outcomes = await uploadEntries(deps, { scheduleId, gate, scannedBy, scans })
      return {
        entered: outcomes.filter(({ outcome }) => outcome === 'ENTERED').length,
        list: outcomes.map(answerOf),
      }
    },
  )
}

function answerOf(entry: UploadedEntry): z.infer<typeof outcomeSchema> {
  return {
    outcome: entry.outcome,
    ...('seatNumber' in entry && { seatNumber: entry.seatNumber }),
    ...('enteredAt' in entry && { enteredAt: entry.enteredAt.toISOString(), gate: entry.gate }),
    ...('cancelledAt' in entry && { cancelledAt: entry.cancelledAt.toISOString() }),
  }
}
