import { problem } from '@ticket-queue/service-kit'
import { errors } from '../errors.ts'
import { type BoardSettings, openBoard, type SeatBoard } from './seat-board.ts'
import type { SoldSeatsDeps } from './sold-seats.ts'

/** The live states of all schedules somebody looks at through this process. */
export interface LiveSeats {
  /** Null for an unknown schedule. Throws 503 when it cannot be looked at, or when too many others are. */
  of(scheduleId: string): Promise<SeatBoard | null>
  close(): void
}

export interface LiveSeatsSettings extends BoardSettings {
  readonly schedulesMax: number
  /** How long a schedule's states are remembered after nobody has looked. */
  readonly keepMs: number
}

/** A fifth of a second is what buyers may be behind; a hundred states are twenty seconds of a sale, longer than a reconnect takes. */
export const defaultLiveSeats: LiveSeatsSettings = {
  lookMs: 200,
  idleMs: 1_000,
  oldMs: 15_000,
  statesMax: 100,
  schedulesMax: 200,
  keepMs: 60_000,
}

/** Gives the live states of this process, of no schedule yet. */
export function createLiveSeats(deps: SoldSeatsDeps, settings: LiveSeatsSettings = defaultLiveSeats): LiveSeats {
  const boards = new Map<string, Promise<SeatBoard | null>>()
  const opened = new Map<string, SeatBoard>()
  let isClosed = false

  const drop = (scheduleId: string) => {
    opened.get(scheduleId)?.close()
    opened.delete(scheduleId)
    boards.delete(scheduleId)
  }
  const dropIdle = () => {
    const idlest = [...opened].toSorted(([, one], [, other]) => other.idleMs() - one.idleMs())
    for (const [scheduleId, board] of idlest) {
      const isFull = boards.size >= settings.schedulesMax
      if (board.idleMs() > (isFull ? settings.idleMs : settings.keepMs)) drop(scheduleId)
    }
  }
  const timer = setInterval(dropIdle, settings.keepMs).unref()
  const open = async (scheduleId: string): Promise<SeatBoard | null> => {
    try {
      const schedule = await deps.catalogue.schedule(scheduleId)
      const board = schedule && (await openBoard(deps, scheduleId, settings))
      if (board === null) boards.delete(scheduleId)
      else opened.set(scheduleId, board)
      if (isClosed) drop(scheduleId)
      return board
    } catch (error) {
      boards.delete(scheduleId)
      throw error
    }
  }
  return {
    of: async (scheduleId) => {
      const found = boards.get(scheduleId)
      opened.get(scheduleId)?.touch()
      if (found !== undefined) return found
      dropIdle()
      if (boards.size >= settings.schedulesMax)
        throw problem(errors, 'SERVICE_UNAVAILABLE', { headers: { 'retry-after': '2' } })
      const board = open(scheduleId)
      boards.set(scheduleId, board)
      return board
    },
    close: () => {
      isClosed = true
      clearInterval(timer)
      for (const scheduleId of [...opened.keys()]) drop(scheduleId)
    },
  }
}
