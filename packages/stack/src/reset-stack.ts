import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { claimDirectory, inUseMessage } from './claim.ts'
import { endLeftovers } from './embedded/leftovers.ts'
import { identify } from './process-identity.ts'
import { removeStackFiles } from './stack-files.ts'
import { readState } from './state.ts'

/** Removes all data of the directory's stack; rejects, naming the owner, when the stack is running. */
export async function resetStack(directory: string): Promise<void> {
  const path = resolve(directory)
  const me = identify(process.pid)
  if (me === null || !existsSync(path)) return
  const holder = claimDirectory(path, { keeper: me, ownerPid: me.pid })
  if (holder !== null) throw new Error(inUseMessage(path, holder))
  const { madeBy, servers } = readState(path)
  await endLeftovers(servers)
  if (Object.values(madeBy).includes('docker')) await (await import('./docker/containers.ts')).removeVolumes(path)
  removeStackFiles(path)
}
