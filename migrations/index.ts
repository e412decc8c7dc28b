import { fileURLToPath } from 'node:url'

/** Where the SQL files lie, one folder an area: what `migrate` of @ticket-queue/database takes. */
export const migrationsDirectory = fileURLToPath(new URL('.', import.meta.url))
