import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRunning, type ProcessIdentity } from './process-identity.ts'

/** Who holds a directory: the keeper whose life is the claim, and the process people know, its owner. */
export interface Claim {
  keeper: ProcessIdentity
  ownerPid: number
}

/** The sentence for someone who wants a directory that another stack holds. */
export function inUseMessage(directory: string, holder: Claim): string {
  return `The stack in ${directory} is running, started by process ${holder.ownerPid}: stop that one first.`
}

function claimNumbers(directory: string): number[] {
  return readdirSync(directory)
    .map((name) => /^claim\.(\d+)$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((one, other) => other - one)
}

function readClaim(directory: string, number: number): Claim | null {
  try {
    return JSON.parse(readFileSync(join(directory, `claim.${number}`), 'utf8'))
  } catch {
    return null
  }
}

/** The claim of the stack that runs in this directory, or null when none does. */
export function currentClaim(directory: string): Claim | null {
  let numbers: number[]
  try {
    numbers = claimNumbers(directory)
  } catch {
    return null
  }
  const claim = numbers[0] === undefined ? null : readClaim(directory, numbers[0])
  return claim !== null && isRunning(claim.keeper) ? claim : null
}

/** Whether a stack ever held this directory. */
export function wasClaimed(directory: string): boolean {
  return claimNumbers(directory).length > 0
}

/**
 * Claims the directory for `claim.keeper`, for as long as that process runs. Returns the claim of the other stack when
 * one runs there. Claim files are numbered and the highest one counts: taking over from a dead holder creates the next
 * number, which only one of two racing processes can do, and no lock is ever deleted under a living holder.
 */
export function claimDirectory(directory: string, claim: Claim): Claim | null {
  mkdirSync(directory, { recursive: true })
  const draft = join(directory, `claim-draft.${claim.keeper.pid}`)
  writeFileSync(draft, JSON.stringify(claim))
  try {
    for (;;) {
      const highest = claimNumbers(directory)[0] ?? 0
      const holder = highest === 0 ? null : readClaim(directory, highest)
      if (holder !== null && isRunning(holder.keeper)) return holder
      if (!linkIfAbsent(draft, join(directory, `claim.${highest + 1}`))) continue
      const numbers = claimNumbers(directory)
      if (numbers[0] !== highest + 1) continue
      for (const number of numbers.slice(1)) rmSync(join(directory, `claim.${number}`), { force: true })
      return null
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

function linkIfAbsent(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}
