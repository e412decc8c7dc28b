import type { Log, Metrics } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { Gauge } from 'prom-client'
import type { Database } from '../store/database.ts'
import { oldestDue } from './due-days.ts'

const lateSeconds = 86_400

/**
 * Registers the age of the oldest day that has not been compared, and gives what reads it. More than a day is an error in the log,
 * told once for each day that is the oldest: a comparison which does not take place finds nothing, and would look like agreement.
 * Only at the second look, because after a standstill the days are just being compared at the first.
 */
export function createWatch({ db, log, metrics }: { db: Kysely<Database>; log: Log; metrics: Metrics }) {
  const age = new Gauge({
    name: 'payment_comparison_oldest_day_age_seconds',
    help: "How long the oldest day that has not been compared with PortOne's books has been over; 0: none.",
    registers: [metrics],
  })
  let [seen, told]: (string | null)[] = [null, null]
  return async (): Promise<void> => {
    const { day, ageSeconds, days } = await oldestDue(db)
    age.set(ageSeconds)
    const late = ageSeconds > lateSeconds ? day : null
    if (late !== null && late === seen && late !== told) {
      log.error(
        { day: late, days, ageSeconds },
        'a day of PortOne’s has not been compared for too long: a person must look',
      )
      told = late
    }
    seen = late
  }
}
