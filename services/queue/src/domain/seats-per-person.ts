/** What a buyer takes before any purchase of a schedule is known. */
export const seatsPerPersonDefault = 2

/** So many buyers have to be known before the measure outweighs what was assumed. */
const assumedBuyers = 10

/** How many seats a buyer takes on average: measured from the latest buyers, drawn towards the default while they are few. */
export function measureSeatsPerPerson(seatsOfBuyers: readonly number[]): number {
  const seats = seatsOfBuyers.reduce((sum, taken) => sum + taken, assumedBuyers * seatsPerPersonDefault)
  return seats / (seatsOfBuyers.length + assumedBuyers)
}
