import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { withScratchDatabase } from '@ticket-queue/database'
import { migrationsDirectory } from '@ticket-queue/migrations'
import { type GeneratedFile, renderGenerated } from '@ticket-queue/migrations/generated'
import { startStack } from '@ticket-queue/stack'

const root = dirname(import.meta.dirname)

/**
 * Writes schema.sql of every area and the Kysely types of every service, from a scratch database that all migrations
 * have just made. With `check` it writes nothing. Gives the paths that differ from what is on disk.
 */
export async function generate({ check }: { readonly check: boolean }): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'ticket-queue-generate-'))
  const stack = await startStack({ directory, durable: false })
  try {
    const files = await withScratchDatabase({ ownerUrl: stack.databaseUrl, migrationsDirectory }, renderGenerated)
    const stale: GeneratedFile[] = []
    for (const file of files) {
      const current = await readFile(join(root, file.path), 'utf8').catch(() => undefined)
      if (current !== file.text) stale.push(file)
    }
    if (!check) await Promise.all(stale.map(write))
    return stale.map((file) => file.path)
  } finally {
    await stack.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

async function write({ path, text }: GeneratedFile): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

if (import.meta.main) {
  const check = process.argv.includes('--check')
  const stale = await generate({ check })
  for (const path of stale) console.log(check ? `stale: ${path}` : `written: ${path}`)
  if (check && stale.length > 0) {
    console.log('These files no longer follow from the migrations. To mend it: npm run generate')
    process.exitCode = 1
  } else if (stale.length === 0) {
    console.log('Generated files are current.')
  }
}
