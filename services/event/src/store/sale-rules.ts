import type { SaleRules } from '@ticket-queue/contracts/http/event'
import { type RawBuilder, sql, type Updateable } from 'kysely'
import type { EventOptions } from '../domain/event-options.ts'
import type { Events } from './database.ts'

/** The sale rules of the event with this alias, as answers show them. */
export const saleRules = (alias: string): RawBuilder<SaleRules> => {
  const column = (name: string) => sql.ref(`${alias}.${name}`)
  return sql`jsonb_build_object(
    'perPersonMax', ${column('per_person_max')},
    'avoidOrphans', ${column('avoid_orphans')},
    'release', jsonb_build_object(
      'policy', ${column('release_policy')}, 'at', to_char(${column('release_at')}, 'HH24:MI')))`
}

/** The columns of `events` that hold what is given of its options. */
export const optionColumns = (
  options: {
    [Name in keyof EventOptions]?: EventOptions[Name] | undefined
  },
): Pick<Updateable<Events>, 'per_person_max' | 'avoid_orphans' | 'release_policy' | 'release_at'> => ({
  ...(options.perPersonMax === undefined ? {} : { per_person_max: options.perPersonMax }),
  ...(options.avoidOrphans === undefined ? {} : { avoid_orphans: options.avoidOrphans }),
  ...(options.release === undefined ? {} : { release_policy: options.release.policy, release_at: options.release.at }),
})
