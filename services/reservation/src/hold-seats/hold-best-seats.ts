import type { Inventory } from '../catalogue.ts'
import type { HeldSeat } from '../domain/held-seat.ts'
import type { Wish } from '../domain/rank-segments.ts'
import { type ClearWayDeps, clearWay } from './clear-way.ts'
import type { HoldRefusal, MadeHold, WantedHold } from './hold.ts'
import { type PickSeatsDeps, pickSeats } from './pick-seats.ts'
import { type WriteOrReleaseDeps, writeOrRelease } from './write-hold.ts'

export type HoldBestDeps = ClearWayDeps & WriteOrReleaseDeps & PickSeatsDeps

type BestHold = Omit<WantedHold, 'seatIds' | 'seats'> & { readonly wish: Wish; readonly inventory: Inventory }

const attemptsMax = 5

/**
 * Holds the best seats there are for a wish: picked and locked in one step, then a row as for any hold. Where a row refuses
 * what Redis has given (it had lost a lock), its seats are left out and others are picked. Whoever already holds what is
 * wished for gets that hold again.
 */
export async function holdBestSeats(deps: HoldBestDeps, best: BestHold): Promise<MadeHold | HoldRefusal> {
  const { wish, inventory, ...asked } = best
  const isRepeat = (seats: readonly HeldSeat[]) => fulfils(seats, wish, inventory)
  const refusedIds = new Set<string>()
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const found = await pickSeats(deps, { ...asked, wish, refusedIds })
    if (found === 'undecided' || 'seatsLeft' in found) {
      const own = await clearWay(deps, { ...asked, seatIds: [] }, isRepeat)
      if (own !== 'cleared') return own
      return found === 'undecided' ? { refused: 'SEATS_UNDECIDED' } : noSeats(wish, found.seatsLeft)
    }
    const seats = found.picked.flatMap((id) => inventory.byId.get(id) ?? [])
    const hold = { ...asked, seatIds: found.picked, seats }
    const written = await writeOrRelease(deps, hold)
    if (written !== 'in-the-way') return written
    const obstacle = await clearWay(deps, hold, isRepeat)
    if (obstacle !== 'cleared' && !('refused' in obstacle && obstacle.refused === 'SEAT_TAKEN')) return obstacle
    if (obstacle !== 'cleared') for (const seatId of await seatsOfRows(deps, best)) refusedIds.add(seatId)
  }
  return { refused: 'SEATS_UNDECIDED' }
}

const noSeats = (wish: Wish, seatsLeft: number): HoldRefusal => ({
  refused: wish.together ? 'NO_SEATS_TOGETHER' : 'NOT_ENOUGH_SEATS',
  seatsLeft,
})

/** Whether seats somebody holds are what is wished at this moment. */
function fulfils(seats: readonly HeldSeat[], wish: Wish, { byId, hall }: Inventory): boolean {
  if (seats.length !== wish.count) return false
  if (wish.grade !== undefined && seats.some((seat) => seat.grade !== wish.grade)) return false
  if (!wish.together) return true
  const ordinals = seats.map((seat) => byId.get(seat.seatId)?.ordinal ?? -1).toSorted((one, other) => one - other)
  const segment = hall.segments.find(({ seats: all }) => all.some((seat) => seat.ordinal === ordinals[0]))
  const last = segment?.seats.at(-1)?.ordinal ?? -1
  return ordinals.every((ordinal, index) => ordinal === (ordinals[0] ?? -1) + index && ordinal <= last)
}

/** Every seat of the schedule that a live reservation has. */
async function seatsOfRows({ db }: HoldBestDeps, { scheduleId }: BestHold): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('reservation_seats')
    .select('seat_id')
    .where('schedule_id', '=', scheduleId)
    .where('active', '=', true)
    .execute()
  return rows.map((row) => row.seat_id)
}
