import { afterEach, expect, test } from 'vitest'
import { hallOf } from './domain/hall.ts'
import { hallOfRows } from './test-neighbours.ts'
import { testReservationService } from './test-reservation-service.ts'

const { deps, neighbours } = await testReservationService()
afterEach(() => {
  neighbours.misbehave(null)
  neighbours.answerAs('present release')
})

/** A hall of more seats than are taken in at one turn, with all that can be said of a seat. */
const seats = hallOfRows(60, 100, (row) => (row <= 20 ? 'VIP' : 'B')).map((seat) => ({
  ...seat,
  accessible: seat.ordinal % 100 === 7,
  companionOf: seat.ordinal % 100 === 8 ? seat.ordinal - 1 : null,
  restrictedView: seat.x > 90,
  y: seat.y + 0.25,
}))

test.each(['present release', 'earlier release'] as const)(
  'the inventory is the event service’s, seat by seat, as its %s answers',
  async (release) => {
    const { scheduleId } = neighbours.addSchedule(seats).facts
    neighbours.answerAs(release)
    const inventory = await deps.catalogue.inventory(scheduleId)
    expect(inventory.byOrdinal).toEqual(seats)
    expect([...inventory.byId]).toEqual(seats.map((seat) => [seat.id, seat]))
    expect(inventory.hall).toEqual(hallOf(seats))
    expect(inventory.hall).toBe(inventory.hall)
  },
)

test('many who ask at once for the seats of a hall share one call', async () => {
  const { scheduleId } = neighbours.addSchedule(seats).facts
  await deps.catalogue.schedule(scheduleId)
  const all = await Promise.all(Array.from({ length: 50 }, () => deps.catalogue.inventory(scheduleId)))
  expect(new Set(all).size).toBe(1)
  const path = `GET /internal/schedules/${scheduleId}/seats`
  expect(neighbours.asked.filter((asked) => asked === path)).toHaveLength(1)
})

test('an inventory of another shape is a 503 and is asked for again', async () => {
  const { scheduleId } = neighbours.addSchedule(seats).facts
  await deps.catalogue.schedule(scheduleId)
  neighbours.misbehave('nonsense')
  await expect(deps.catalogue.inventory(scheduleId)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
  neighbours.misbehave(null)
  expect((await deps.catalogue.inventory(scheduleId)).byOrdinal).toHaveLength(seats.length)
})

test('an unknown schedule has no seats', async () => {
  const { byId, byOrdinal, hall } = await deps.catalogue.inventory('01890000-0000-7000-8000-000000000000')
  expect([byId.size, byOrdinal, hall.segments]).toEqual([0, [], []])
})
