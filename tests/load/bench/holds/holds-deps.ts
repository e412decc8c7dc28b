import { join } from 'node:path'
import type { BenchSystem } from '../bench-system.ts'
import type { BenchDeps } from '../findings.ts'
import type { LoadJob, LoadResult } from '../load/job.ts'
import { runLoad } from '../load/run-load.ts'
import { warmUpSecondsOf } from '../machine/measure-machine.ts'
import { admitPeople, type Newcomer } from '../people/admit-people.ts'

/** What each part of the holds bench gets. */
export interface HoldsDeps extends BenchDeps, BenchSystem {}

const jobOf = ({ gatewayUrl, options }: HoldsDeps): Omit<LoadJob, 'name' | 'loop' | 'ownPartsFile'> => ({
  url: `${gatewayUrl}/reservations/hold`,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  grantedStatus: 201,
  warmUpSeconds: warmUpSecondsOf(options.seconds),
})

/** Everybody holds once, as fast as it goes. */
export const holdOnceEach = async (
  deps: HoldsDeps,
  name: string,
  newcomers: readonly Newcomer[],
): Promise<LoadResult> => {
  const ownPartsFile = await letIn(deps, name, newcomers)
  const { connections } = deps.options
  return runLoad({ ...jobOf(deps), name, ownPartsFile, loop: { kind: 'once', connections } })
}

/** Everybody holds once, at a fixed rate: as many seconds as there are people, after the warm-up. */
export const holdAtRate = async (
  deps: HoldsDeps,
  name: string,
  { newcomers, ratePerSecond }: { newcomers: readonly Newcomer[]; ratePerSecond: number },
): Promise<LoadResult> => {
  const ownPartsFile = await letIn(deps, name, newcomers)
  const job = jobOf(deps)
  const seconds = Math.max(1, Math.floor(newcomers.length / ratePerSecond) - job.warmUpSeconds)
  return runLoad({ ...job, name, ownPartsFile, loop: { kind: 'open', ratePerSecond, seconds } })
}

/** How many people a load at this rate needs, its warm-up included. */
export const peopleFor = ({ options }: HoldsDeps, ratePerSecond: number): number =>
  Math.ceil(ratePerSecond * (options.seconds + warmUpSecondsOf(options.seconds)))

async function letIn(deps: HoldsDeps, name: string, newcomers: readonly Newcomer[]): Promise<string> {
  const file = join(deps.directory, `${name.replaceAll(/\W+/g, '-')}.jsonl`)
  await admitPeople(deps, newcomers, file)
  return file
}
