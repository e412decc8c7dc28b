import { createDatabase } from '@ticket-queue/database'
import { renderSchema } from './render-schema.ts'
import { renderTypes } from './render-types.ts'

export interface GeneratedFile {
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
}

const services = ['user', 'event', 'queue', 'reservation', 'payment'] as const

/** Every file that follows from the schema, read from a migrated database: the same schema gives the same bytes. */
export const renderGenerated = async (ownerUrl: string): Promise<GeneratedFile[]> => {
  const { db, close } = createDatabase<unknown>({ url: ownerUrl, applicationName: 'ticket-queue generate', poolMax: 1 })
  try {
    const files = [{ path: 'migrations/common/schema.sql', text: await renderSchema(db, 'common') }]
    for (const service of services) {
      const schema = `${service}_service`
      files.push({ path: `migrations/${service}/schema.sql`, text: await renderSchema(db, schema) })
      files.push({ path: `services/${service}/src/store/database.ts`, text: await renderTypes(db, schema) })
    }
    return files
  } finally {
    await close()
  }
}
