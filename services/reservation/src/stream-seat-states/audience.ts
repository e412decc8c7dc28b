import type { EventStream } from '@ticket-queue/event-streams'
import type { SeatBoard } from '../states/seat-board.ts'

/** One open stream. A plain record: a process holds 20,000 of them. */
export interface SeatStream extends EventStream {
  readonly scheduleId: string
  readonly userId: string
  /** As long as it lives, the stream may. */
  readonly queueToken: string
  /** The version the client has. */
  told: string
  checkedAtMs: number
}

/** Everybody who follows one schedule on this process. */
export interface Audience {
  readonly board: SeatBoard
  readonly streams: Set<SeatStream>
  readonly unfollow: () => void
  isBeingTold: boolean
}

export interface Audiences {
  /** How many streams are open. */
  readonly size: number
  all(): Iterable<Audience>
  /** Adds a stream; gives the person's oldest one if that has become one too many. */
  join(stream: SeatStream, board: SeatBoard): SeatStream | null
  /** Takes a stream out; repeated, it does nothing. Gives whether it was in. */
  leave(stream: SeatStream): boolean
}

/** Keeps who follows what; `tell` is called after each change of a schedule's seats. */
export function createAudiences(streamsPerPersonMax: number, tell: (audience: Audience) => void): Audiences {
  const audiences = new Map<string, Audience>()
  const people = new Map<string, SeatStream[]>()
  let size = 0

  const begin = (scheduleId: string, board: SeatBoard): Audience => {
    const audience: Audience = {
      board,
      streams: new Set(),
      unfollow: board.follow(() => tell(audience)),
      isBeingTold: false,
    }
    audiences.set(scheduleId, audience)
    return audience
  }
  const leave: Audiences['leave'] = (stream) => {
    const audience = audiences.get(stream.scheduleId)
    if (audience === undefined || !audience.streams.delete(stream)) return false
    size -= 1
    if (audience.streams.size === 0) {
      audiences.delete(stream.scheduleId)
      audience.unfollow()
    }
    const others = (people.get(stream.userId) ?? []).filter((one) => one !== stream)
    if (others.length === 0) people.delete(stream.userId)
    else people.set(stream.userId, others)
    return true
  }
  return {
    get size() {
      return size
    },
    all: () => audiences.values(),
    join: (stream, board) => {
      const audience = audiences.get(stream.scheduleId) ?? begin(stream.scheduleId, board)
      audience.streams.add(stream)
      size += 1
      const own = people.get(stream.userId) ?? []
      people.set(stream.userId, [...own, stream])
      const displaced = (own.length >= streamsPerPersonMax && own[0]) || null
      if (displaced !== null) leave(displaced)
      return displaced
    },
    leave,
  }
}
