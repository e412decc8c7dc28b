import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type InternalSchedule,
  type InternalSeats,
  internalScheduleSchema,
  internalSeatBitmapSchema,
  internalSeatColumnsSchema,
  internalSeatsSchema,
} from '@ticket-queue/contracts/http/event'
import {
  issuedPaymentTokenSchema,
  issuePaymentTokenSchema,
  type TokenRequest,
} from '@ticket-queue/contracts/http/queue'
import { issueToken } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { v7 as uuidv7 } from 'uuid'
import { bitsOf } from './domain/seat-bits.ts'

/** How the event and queue services misbehave: an error, an answer of another shape, a connection that breaks. */
export type Misbehaviour = 'error' | 'nonsense' | 'hang-up' | null

/** The event service of an earlier release knows no `format` of an inventory. */
export type Release = 'present release' | 'earlier release'

export interface TestSchedule {
  facts: InternalSchedule
  seats: InternalSeats['seats']
  /** Ordinals of what the event service has marked SOLD. */
  readonly sold: Set<number>
}

/** The internal APIs of the event and queue services in one process, speaking the contracts. */
export interface Neighbours {
  readonly url: string
  /** What was asked, such as `GET /internal/schedules/x`. */
  readonly asked: string[]
  /** A schedule on sale now with these seats, or so many in one row; facts replace its own. */
  addSchedule(seats: number | TestSchedule['seats'], facts?: Partial<InternalSchedule>): TestSchedule
  misbehave(how: Misbehaviour): void
  answerAs(release: Release): void
  close(): Promise<void>
}

const hourMs = 3_600_000
const fromNow = (ms: number) => new Date(Date.now() + ms).toISOString()
const grades = ['VIP', 'S', 'A', 'B'] as const
const prices = { VIP: 198_000, S: 176_000, A: 154_000, B: 132_000 }

/** Starts the stand-in; `apiKey` is the reservation service's key, `redis` the one queue tokens live in. */
export const startNeighbours = async (options: { apiKey: string; redis: RedisClient }): Promise<Neighbours> => {
  const schedules = new Map<string, TestSchedule>()
  const asked: string[] = []
  let misbehaviour: Misbehaviour = null
  let release: Release = 'present release'

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://neighbours')
    asked.push(`${request.method} ${pathname}`)
    if (misbehaviour === 'hang-up') return response.destroy()
    if (misbehaviour === 'error') return send(response, 500, { code: 'INTERNAL_ERROR' })
    if (misbehaviour === 'nonsense') return send(response, 200, ['nonsense'])
    if (request.headers['x-service-api-key'] !== options.apiKey)
      return send(response, 401, { code: 'SERVICE_KEY_INVALID' })
    const schedule = schedules.get(pathname.split('/').find((part) => part.length === 36) ?? '')
    const format = release === 'present release' ? searchParams.get('format') : null
    const body =
      pathname === '/internal/tokens/payment'
        ? await paymentToken(options.redis, await readJson(request))
        : scheduleAnswer(pathname, format, schedule)
    return body === null ? send(response, 404, { code: 'SCHEDULE_NOT_FOUND' }) : send(response, 200, body)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => send(response, 500, { code: 'INTERNAL_ERROR' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    addSchedule: (seats, facts = {}) => {
      const added = newSchedule(typeof seats === 'number' ? oneRow(seats) : seats, facts)
      schedules.set(added.facts.scheduleId, added)
      return added
    },
    misbehave: (how) => {
      misbehaviour = how
    },
    answerAs: (named) => {
      release = named
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type TestSeat = TestSchedule['seats'][number]

/** A seat of a hall; what is given replaces what it has by itself. */
const testSeat = (seat: Pick<TestSeat, 'ordinal' | 'seatNumber' | 'row' | 'x' | 'y'> & Partial<TestSeat>): TestSeat => {
  const grade = seat.grade ?? 'S'
  const marks = { accessible: false, companionOf: null, restrictedView: false }
  return { id: uuidv7(), section: 'A', grade, price: prices[grade], ...marks, ...seat }
}

const oneRow = (seatsTotal: number): TestSeat[] =>
  Array.from({ length: seatsTotal }, (_, ordinal) => {
    const seatNumber = `A-1-${String(ordinal + 1).padStart(5, '0')}`
    return testSeat({ ordinal, seatNumber, row: '1', x: ordinal, y: 0, grade: grades[ordinal % grades.length] ?? 'B' })
  })

/** A hall of equal rows, the first in front of the stage; `gradeOf` a row's number from 1. */
export const hallOfRows = (
  rows: number,
  seatsPerRow: number,
  gradeOf: (row: number) => TestSeat['grade'] = () => 'S',
): TestSeat[] =>
  Array.from({ length: rows * seatsPerRow }, (_, ordinal) => {
    const [row, place] = [Math.floor(ordinal / seatsPerRow) + 1, ordinal % seatsPerRow]
    const seatNumber = `A-${String(row).padStart(3, '0')}-${String(place + 1).padStart(3, '0')}`
    return testSeat({ ordinal, seatNumber, row: String(row), x: place, y: row - 1, grade: gradeOf(row) })
  })

const newSchedule = (seats: TestSchedule['seats'], facts: Partial<InternalSchedule>): TestSchedule => ({
  sold: new Set(),
  seats,
  facts: {
    scheduleId: uuidv7(),
    eventId: uuidv7(),
    eventTitle: '첫 콘서트',
    artist: '가수',
    venueName: 'KSPO Dome',
    hallName: 'Main',
    eventStartAt: fromNow(240 * hourMs),
    eventEndAt: fromNow(243 * hourMs),
    saleStartAt: fromNow(-hourMs),
    saleEndAt: fromNow(24 * hourMs),
    status: 'UPCOMING',
    eventStatus: 'OPEN',
    seatsTotal: seats.length,
    seatsSold: 0,
    saleOpen: true,
    layoutVersion: 1,
    rules: { perPersonMax: null, avoidOrphans: false, release: { policy: 'AT_ONCE', at: null } },
    ...facts,
  },
})

const scheduleAnswer = (path: string, format: string | null, schedule: TestSchedule | undefined): unknown => {
  if (!schedule) return null
  const { facts, seats, sold } = schedule
  const { scheduleId } = facts
  if (path.endsWith('/seats'))
    return format === 'columns' ? columnsOf(scheduleId, seats) : internalSeatsSchema.parse({ scheduleId, seats })
  if (!path.startsWith('/internal/seats/status/')) return internalScheduleSchema.parse(facts)
  return internalSeatBitmapSchema.parse({
    scheduleId,
    layoutVersion: facts.layoutVersion,
    seatsTotal: seats.length,
    sold: Buffer.from(bitsOf(sold, seats.length)).toString('base64'),
  })
}

const columnsOf = (scheduleId: string, seats: readonly TestSeat[]): unknown => {
  const column = <Field extends keyof TestSeat>(field: Field) => seats.map((seat) => seat[field])
  const ordinalsOf = (mark: 'accessible' | 'restrictedView') =>
    seats.filter((seat) => seat[mark]).map((seat) => seat.ordinal)
  return internalSeatColumnsSchema.parse({
    scheduleId,
    columns: {
      id: column('id'),
      ordinal: column('ordinal'),
      seatNumber: column('seatNumber'),
      section: column('section'),
      row: column('row'),
      grade: column('grade'),
      price: column('price'),
      x: column('x'),
      y: column('y'),
    },
    accessible: ordinalsOf('accessible'),
    companions: seats.flatMap(({ ordinal, companionOf }) => (companionOf === null ? [] : [[ordinal, companionOf]])),
    restrictedView: ordinalsOf('restrictedView'),
  })
}

const paymentToken = async (redis: RedisClient, body: unknown): Promise<unknown> => {
  const asked = issuePaymentTokenSchema.parse(body)
  const issue = async (one: TokenRequest) => {
    const { token, expiresAtMs } = await issueToken(redis, one)
    return { token, expiresAt: new Date(expiresAtMs).toISOString() }
  }
  const issued = 'reservations' in asked ? { tokens: await Promise.all(asked.reservations.map(issue)) } : issue(asked)
  return issuedPaymentTokenSchema.parse(await issued)
}

const readJson = async (request: IncomingMessage): Promise<unknown> => {
  let text = ''
  for await (const chunk of request) text += chunk
  return JSON.parse(text)
}

const send = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
