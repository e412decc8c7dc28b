import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchSystem } from '../bench-system.ts'
import type { BenchDeps } from '../findings.ts'
import type { LoadJob, LoadResult, OwnPart } from '../load/job.ts'
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

/** Who holds has entered through the gateway, which has known the token since, and has the hall open; these people were let in past it. */
async function letIn(deps: HoldsDeps, name: string, newcomers: readonly Newcomer[]): Promise<string> {
  const { directory, gatewayUrl, options } = deps
  const file = join(directory, `${name.replaceAll(/\W+/g, '-')}.jsonl`)
  await admitPeople(deps, newcomers, file)
  const lookers = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line, index): OwnPart => {
      const { headers = {} }: OwnPart = JSON.parse(line)
      return { path: `/reservations/seats/${newcomers[index]?.scheduleId}`, headers }
    })
  const lookersFile = `${file}.lookers`
  writeFileSync(lookersFile, lookers.map((part) => JSON.stringify(part)).join('\n'))
  const looked = await runLoad({
    name: `${name}: everybody opens the hall`,
    url: gatewayUrl,
    method: 'GET',
    headers: {},
    grantedStatus: 200,
    warmUpSeconds: 0,
    ownPartsFile: lookersFile,
    loop: { kind: 'once', connections: options.connections },
  })
  if (looked.grantedInAll < newcomers.length)
    throw new Error(`the hall was shown to ${looked.grantedInAll} of ${newcomers.length} people`)
  return file
}
