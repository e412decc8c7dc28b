import { randomUUID } from 'node:crypto'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { makeEvent, makeHall } from './test-catalogue.ts'
import { testEventService } from './test-event-service.ts'

const service = await testEventService()
const key = { 'x-service-api-key': service.gatewayKey }
const get = async (url: string, headers: Record<string, string> = {}, process = service) => {
  const {
    statusCode,
    headers: answered,
    rawPayload,
  } = await process.app.inject({ url, headers: { ...key, ...headers } })
  return { status: statusCode, headers: answered, bytes: rawPayload }
}
const place = await makeHall(service, { sections: [{ name: 'A', grade: 'VIP', rows: 10, seatsPerRow: 10 }] }, 100)
const ids = await makeEvent(service, { place, prices: { VIP: 1 }, description: 'A long description. '.repeat(100) })
await makeEvent(service, { place, prices: { VIP: 1 } })
await makeEvent(service, { place, prices: { VIP: 1 } })
await makeEvent(service, { place, prices: { VIP: 1 } })

describe.each([
  ['the list', '/events'],
  ['an event', `/events/${ids.eventId}`],
  ['seats', `/events/schedules/${ids.scheduleId}/seats`],
  ['seats in columns', `/events/schedules/${ids.scheduleId}/seats?format=compact`],
])('%s', (_what, url) => {
  it('comes in the coding that the client takes, from any process, under one weak tag', async () => {
    const plain = await get(url)
    const br = await get(url, { 'accept-encoding': 'gzip, deflate, br' })
    const gzip = await get(url, { 'accept-encoding': 'gzip' }, { ...service, ...service.replica() })
    expect([plain, br, gzip].map(({ headers }) => headers['content-encoding'])).toEqual([undefined, 'br', 'gzip'])
    expect(brotliDecompressSync(br.bytes)).toEqual(plain.bytes)
    expect(gunzipSync(gzip.bytes)).toEqual(plain.bytes)
    expect(br.bytes.length).toBeLessThan(plain.bytes.length / 2)
    expect(new Set([plain, br, gzip].map(({ headers }) => headers['etag'])).size).toBe(1)
    expect(plain.headers['etag']).toMatch(/^W\/"[\w-]+"$/)
    for (const { headers, bytes } of [plain, br, gzip]) {
      expect(headers['vary']).toBe('accept-encoding')
      expect(headers['content-length']).toBe(String(bytes.length))
    }
  })

  it('is 304 for who has it in whatever coding, without a body', async () => {
    const { headers } = await get(url, { 'accept-encoding': 'br' })
    const tag = String(headers['etag'])
    for (const held of [tag, tag.replace('W/', ''), `"other", ${tag}`, '*']) {
      const again = await get(url, { 'if-none-match': held, 'accept-encoding': 'gzip' })
      expect([again.status, again.bytes.length, again.headers['etag']], held).toEqual([304, 0, tag])
      expect(again.headers['vary']).toBe('accept-encoding')
      expect(again.headers['content-encoding']).toBeUndefined()
    }
    expect((await get(url, { 'if-none-match': '"other"' })).status).toBe(200)
  })
})

it('the gateway may give to others for a moment what all may see, and nothing that is for administrators', async () => {
  const url = `/events/${ids.eventId}`
  const admin = { 'x-user-id': randomUUID(), 'x-user-role': 'ADMIN' }
  expect((await get(url)).headers['x-gateway-fresh-ms']).toBe('250')
  expect((await get(url, admin)).headers).not.toHaveProperty('x-gateway-fresh-ms')
  const seats = await get(`/events/schedules/${ids.scheduleId}/seats`)
  expect([seats.status, seats.headers['x-gateway-fresh-ms']], 'kept here for most of a second').toEqual([
    200,
    undefined,
  ])
})

it('a body is compressed once, where it is built, and kept beside it', async () => {
  const br = await get(`/events/${ids.eventId}`, { 'accept-encoding': 'br' })
  expect(await service.redis.client.hgetBuffer(`cache:event:${ids.eventId}`, 'br')).toEqual(br.bytes)
})

it('what is small stays as it is', async () => {
  const { scheduleId } = await makeEvent(service)
  const { headers } = await get(`/events/schedules/${scheduleId}`, { 'accept-encoding': 'br' })
  expect([headers['content-encoding'], headers['vary']]).toEqual([undefined, 'accept-encoding'])
})

it('the seat map of an arena of 15,000 seats is at most 200 KB on the wire (P12)', async () => {
  const sections = Array.from({ length: 30 }, (_, index) => ({
    name: `S${index + 1}`,
    grade: (['VIP', 'S', 'A', 'B'] as const)[index % 4],
    rows: 20,
    seatsPerRow: 25,
    position: { x: 31.7 * index, y: 4.3 * index },
  }))
  const arena = await makeHall(service, { sections }, 15_000)
  const { scheduleId } = await makeEvent(service, { place: arena, prices: { VIP: 4, S: 3, A: 2, B: 1 } })
  for (const [format, limitBytes] of [
    ['full', 200_000],
    ['compact', 100_000],
  ]) {
    const url = `/events/schedules/${scheduleId}/seats?format=${format}`
    const { bytes } = await get(url, { 'accept-encoding': 'gzip, deflate, br, zstd' })
    expect(bytes.length, `${format}`).toBeLessThanOrEqual(Number(limitBytes))
  }
})
