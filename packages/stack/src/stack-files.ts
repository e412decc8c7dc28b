import { readdirSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const ownNames = /^(postgres|redis|kafka|(postgres|redis|kafka|keeper)\.log|state\.json(\.\d+)?|claim-draft\.\d+)$/
const claimNames = /^claim\.\d+$/

/**
 * Removes what a stack puts into its directory, the claim last, and then the directory when nothing else is in it: a
 * mistyped directory loses nothing that is not a stack's.
 */
export function removeStackFiles(directory: string): void {
  for (const pattern of [ownNames, claimNames]) {
    for (const name of readdirSync(directory).filter((entry) => pattern.test(entry))) {
      rmSync(join(directory, name), { recursive: true, force: true, maxRetries: 5 })
    }
  }
  if (readdirSync(directory).length === 0) rmdirSync(directory)
}
