import { accessSync, chownSync, constants, existsSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Children, Command } from './children.ts'

/** The account that PostgreSQL runs as, because it refuses to run as root. */
export interface Account {
  uid: number
  gid: number
}

/** Picks the account for a server that must not be root: null when we are not root. */
export async function chooseAccount(children: Children): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', 'nobody']) {
    const [user, group] = await Promise.all(
      ['-u', '-g'].map((flag) => children.runTool({ command: 'id', args: [flag, name] })),
    )
    if (user?.code === 0 && group?.code === 0) return { uid: Number(user.output), gid: Number(group.output) }
  }
  return { uid: 65_534, gid: 65_534 }
}

/** Gives a folder and all in it to the account. */
export function giveTo(account: Account | null, path: string): void {
  if (account === null || !existsSync(path)) return
  const { uid, gid } = lstatSync(path)
  if (uid !== account.uid || gid !== account.gid) chownSync(path, account.uid, account.gid)
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) giveTo(account, join(path, entry.name))
    else if (entry.isFile()) chownSync(join(path, entry.name), account.uid, account.gid)
  }
}

function othersMayPass(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & constants.S_IXOTH) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

/**
 * The same command, run as the account. When a folder on the way (such as a closed /root) lets no one else through, it
 * keeps the one capability needed to pass, by way of setpriv.
 */
export function runAs(account: Account | null, command: Command, paths: string[]): Command {
  if (account === null) return command
  if (paths.every(othersMayPass)) return { ...command, uid: account.uid, gid: account.gid }
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path))
  if (setpriv === undefined) {
    throw new Error(
      `PostgreSQL cannot run as root and cannot reach ${paths.join(' and ')} as another user: run as a normal user.`,
    )
  }
  accessSync(setpriv, constants.X_OK)
  const flags = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups']
  const capability = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override']
  return { ...command, command: setpriv, args: [...flags, ...capability, '--', command.command, ...command.args] }
}
