import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { seatsKey } from './seat-keys.ts'

/** The seats of a schedule as counted at one moment. */
export interface CountedSeats {
  readonly seatsTotal: number
  readonly seatsSold: number
  /** In somebody's hold. */
  readonly held: number
  /** People inside who hold nothing yet. */
  readonly choosing: number
  /** What one buyer takes on average. */
  readonly seatsPerPerson: number
}

/** What is known of a schedule's seats. */
export interface KnownSeats extends CountedSeats {
  /** Since the counts were read from their owner, by the clock of Redis. */
  readonly ageMs: number
}

/** The start of a look at a schedule's seats. */
export interface SeatReading {
  readonly number: number
  /** What an event has told since the last look, as `tellSeats` got it. */
  readonly told: string | null
  /** What was known before. */
  readonly known: KnownSeats | null
}

const keptMs = 86_400_000

const script = defineScript({
  file: new URL('./write-seats.lua', import.meta.url),
  keys: ['seats'],
  args: z.object({
    reading: z.int().positive(),
    isFresh: z.int().min(0).max(1),
    told: z.string(),
    seatsTotal: z.int().nonnegative(),
    seatsSold: z.int().nonnegative(),
    held: z.int().nonnegative(),
    choosing: z.int().nonnegative(),
    seatsPerPerson: z.number().positive(),
    keptMs: z.int().positive(),
  }),
  reply: replies({ written: {}, outdated: {} }),
})

const fieldsSchema = z.object({
  seatsTotal: z.coerce.number(),
  seatsSold: z.coerce.number(),
  held: z.coerce.number(),
  choosing: z.coerce.number(),
  seatsPerPerson: z.coerce.number(),
  atMs: z.coerce.number(),
})

/** Begins a look: readings are numbered in the order in which they begin, whoever makes them. */
export const beginSeatReading = async (redis: RedisClient, scheduleId: string): Promise<SeatReading> => {
  const number = await redis.client.hincrby(seatsKey(scheduleId), 'readings', 1)
  const [fields, time] = await Promise.all([
    redis.client.hgetall(seatsKey(scheduleId)),
    redis.client.time(),
    redis.client.pexpire(seatsKey(scheduleId), keptMs),
  ])
  return { number, told: fields['told'] ?? null, known: knownFrom(fields, time) }
}

/**
 * Keeps the counts of a look. `outdated` if one that began later is there already: then nothing has changed. `isFresh` false keeps
 * the age of the counts before.
 */
export const writeSeats = (
  redis: RedisClient,
  scheduleId: string,
  reading: SeatReading,
  { isFresh, ...counts }: CountedSeats & { readonly isFresh: boolean },
) =>
  script(
    redis,
    { seats: seatsKey(scheduleId) },
    { ...counts, reading: reading.number, isFresh: isFresh ? 1 : 0, told: reading.told ?? '', keptMs },
  )

/** What is known of a schedule's seats; null if nothing is. */
export const readSeats = async (redis: RedisClient, scheduleId: string): Promise<KnownSeats | null> => {
  const [fields, time] = await Promise.all([redis.client.hgetall(seatsKey(scheduleId)), redis.client.time()])
  return knownFrom(fields, time)
}

function knownFrom(fields: Record<string, string>, [seconds, microseconds]: readonly number[]): KnownSeats | null {
  if (fields['atMs'] === undefined) return null
  const { atMs, ...counts } = fieldsSchema.parse(fields)
  const nowMs = Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000)
  return { ...counts, ageMs: Math.max(0, nowMs - atMs) }
}
