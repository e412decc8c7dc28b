import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { currentClaim } from './claim.ts'
import { resetStack } from './reset-stack.ts'

/** A directory younger than this may belong to a stack whose keeper is just being started. */
const youngMs = 60_000

/** Removes the stacks in `folder` whose name starts with `prefix` and that no one runs any more. */
export async function removeAbandonedStacks(folder: string, prefix: string): Promise<void> {
  let names: string[]
  try {
    names = readdirSync(folder).filter((name) => name.startsWith(prefix))
  } catch {
    return
  }
  for (const directory of names.map((name) => join(folder, name))) {
    try {
      const ageMs = Date.now() - statSync(directory).ctimeMs
      if (ageMs > youngMs && currentClaim(directory) === null) await resetStack(directory)
    } catch {
      // Another run that starts now may be removing the same directory.
    }
  }
}
