import { createDatabase } from '@ticket-queue/database'
import { ConfigError } from '@ticket-queue/service-kit'
import { personalDataOf, readCreateAdminConfig } from '../config.ts'
import { createPersonalData } from '../domain/personal-data.ts'
import { createPasswordHasher } from '../passwords/hash-passwords.ts'
import type { Database } from '../store/database.ts'
import { createAdmin } from './create-admin.ts'

try {
  const config = readCreateAdminConfig()
  const database = createDatabase<Database>({ url: config.DATABASE_URL, poolMax: 1, applicationName: 'create-admin' })
  try {
    const result = await createAdmin(
      {
        db: database.db,
        personalData: createPersonalData(personalDataOf(config)),
        passwords: await createPasswordHasher({ cost: config.BCRYPT_COST, concurrency: 1, waitingMax: 1 }),
      },
      {
        email: config.ADMIN_EMAIL,
        password: config.ADMIN_PASSWORD,
        role: config.ADMIN_ROLE,
        name: config.ADMIN_NAME,
        phone: config.ADMIN_PHONE,
      },
    )
    process.stdout.write(`The account with role ${config.ADMIN_ROLE} was ${result}.\n`)
  } finally {
    await database.close()
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
