import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface ProcessFacts {
  readonly pid: number
  readonly parentPid: number
  readonly rssBytes: number
  readonly command: string
}

/** Every process of this machine, as `ps` sees it now. */
export function readProcesses(): ProcessFacts[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,args='], { encoding: 'utf8', maxBuffer: 64 * 2 ** 20 })
  return text.split('\n').flatMap((line) => {
    const [, pid, parentPid, kibibytes, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    if (command === undefined) return []
    return [{ pid: Number(pid), parentPid: Number(parentPid), rssBytes: Number(kibibytes) * 1_024, command }]
  })
}

/** A process and everything it has started, directly or not. */
export function treeOf(rootPid: number, processes: readonly ProcessFacts[]): ProcessFacts[] {
  const found = processes.filter((one) => one.pid === rootPid)
  for (const parent of found) found.push(...processes.filter((one) => one.parentPid === parent.pid))
  return found
}

/** Whether there is a process with this ID. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/**
 * The memory of processes with pages that several of them share counted once (PSS), in bytes; null where the system does
 * not tell.
 */
export function sharedOnceBytes(processes: readonly ProcessFacts[]): number | null {
  let sum = 0
  for (const { pid } of processes) {
    try {
      const kibibytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
      if (kibibytes === undefined) return null
      sum += Number(kibibytes) * 1_024
    } catch {
      return null
    }
  }
  return sum
}
