import { apiAt, logIn } from '@ticket-queue/scripts/call-api'
import { adminEmail } from '@ticket-queue/scripts/demo'
import type { BenchSystem } from '../bench-system.ts'

const events = 40
const hour = 3_600_000

/** Adds events on sale, so that the first page of the catalogue is a full one. */
export async function fillCatalogue({ gatewayUrl, secrets }: BenchSystem): Promise<void> {
  const admin = apiAt(gatewayUrl, await logIn(gatewayUrl, adminEmail, secrets.adminPassword))
  const venue = await admin<{ id: string }>('POST', '/venues', { name: 'Bench Hall', address: '1', city: 'Seoul' })
  const sections = [{ name: 'A', grade: 'VIP', rows: 2, seatsPerRow: 10 }]
  const seatTemplate = { sections }
  const hall = await admin<{ id: string }>('POST', `/venues/${venue.id}/halls`, {
    name: 'A',
    capacity: 20,
    seatTemplate,
  })
  const inHours = (hours: number) => new Date(Date.now() + hours * hour).toISOString()
  for (let index = 0; index < events; index += 1) {
    const start = 500 + 24 * index
    const { id } = await admin<{ id: string }>('POST', '/events', {
      title: `벤치 콘서트 Bench Concert ${index + 1}`,
      artist: `가수 ${index + 1}`,
      description: 'Measured, not played. '.repeat(20),
      venueId: venue.id,
      hallId: hall.id,
      prices: { VIP: 100_000 },
      schedules: [
        {
          playSequence: 1,
          eventStartAt: inHours(start),
          eventEndAt: inHours(start + 2),
          saleStartAt: inHours(-1),
          saleEndAt: inHours(start - 24),
        },
      ],
    })
    await admin('POST', `/events/${id}/publish`)
  }
}
