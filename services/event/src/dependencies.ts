import type { Kysely } from 'kysely'
import type { CatalogueCache } from './cache/catalogue-cache.ts'
import type { Database } from './store/database.ts'

/** What the slices of this service work with; each names the part it uses. */
export type Deps = {
  db: Kysely<Database>
  cache: CatalogueCache
  /** Sends what a commit has put into the outbox without waiting for the relay's next poll. */
  relay: { wake(): void }
}
