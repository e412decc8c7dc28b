import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { currentClaim, wasClaimed } from './claim.ts'
import { resetStack } from './reset-stack.ts'

/** How long a directory without a claim is left alone, because the keeper that will claim it may just be starting. */
const graceMs = 60_000

function isAbandoned(directory: string): boolean {
  if (currentClaim(directory) !== null) return false
  return wasClaimed(directory) || Date.now() - statSync(directory).mtimeMs > graceMs
}

/** Removes the stacks in `folder` whose name starts with `prefix` and that no one runs any more. */
export async function removeAbandonedStacks(folder: string, prefix: string): Promise<void> {
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith(prefix))) {
    try {
      if (isAbandoned(join(folder, name))) await resetStack(join(folder, name))
    } catch {
      // Another run that starts now may be removing the same directory.
    }
  }
}
