import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { claimDirectory, inUseMessage } from './claim.ts'
import { identify } from './process-identity.ts'
import { removeStackFiles } from './stack-files.ts'

/** Removes all data of the directory's stack; throws, naming the owner, when the stack is running. */
export function resetStack(directory: string): void {
  const path = resolve(directory)
  const me = identify(process.pid)
  if (me === null || !existsSync(path)) return
  const holder = claimDirectory(path, { keeper: me, ownerPid: me.pid })
  if (holder !== null) throw new Error(inUseMessage(path, holder))
  removeStackFiles(path)
}
