import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A process that cannot be confused with a later one that was given the same PID. */
export interface ProcessIdentity {
  pid: number
  stamp: string
}

function linuxStamp(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name may contain spaces and brackets, so the fields are counted from its closing bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, startTicks] = [fields[0], fields[19]]
    if (state === undefined || startTicks === undefined || state === 'Z' || state === 'X') return null
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${startTicks}`
  } catch {
    return null
  }
}

function portableStamp(pid: number): string | null {
  const answer = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
  return answer.status === 0 && answer.stdout.trim() !== '' ? answer.stdout.trim() : null
}

/** The identity of a running process, or null when no such process runs (a zombie does not count as running). */
export function identify(pid: number): ProcessIdentity | null {
  const stamp = process.platform === 'linux' ? linuxStamp(pid) : portableStamp(pid)
  return stamp === null ? null : { pid, stamp }
}

/** Whether exactly this process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.stamp === identity.stamp
}
