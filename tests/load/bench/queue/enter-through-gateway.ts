import { join } from 'node:path'
import { countPeople, paceKey } from '@ticket-queue/lua/queue'
import type { Findings } from '../findings.ts'
import { atLeastRatio, fasterThan, halfOf } from '../judge.ts'
import type { LoadJob, LoadResult } from '../load/job.ts'
import { runLoad } from '../load/run-load.ts'
import { warmUpSecondsOf, withMinimalProxy } from '../machine/measure-machine.ts'
import { newPeople } from '../people/fill-queue.ts'
import { writeOwnParts } from '../people/mint-tokens.ts'
import type { QueueDeps } from './queue-deps.ts'

/** What this part finds. */
export const enterThroughGatewayMeasures = {
  maximum: { id: 'P2', what: 'POST /queue/enter through the gateway, new people, granted/s', target: '≥ 0.45 G' },
  p95: { id: 'P2', what: 'the same at half of that, p95', target: '< 40 ms' },
} as const

const newPeopleMax = 400_000
const ratio = 0.45

/** P2: people who have never asked before take a place, each once; compared with how many wait afterwards. */
export async function enterThroughGateway(deps: QueueDeps): Promise<Findings> {
  const { options, machine, say } = deps
  const perSecond = machine.minimalProxy.grantedPerSecond
  const warmUpSeconds = warmUpSecondsOf(options.seconds)
  const job: Omit<LoadJob, 'name' | 'loop'> = {
    url: `${deps.gatewayUrl}/queue/enter`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ scheduleId: deps.scheduleId }),
    grantedStatus: 200,
    warmUpSeconds,
  }
  const before = await countEntered(deps)
  const comers = Math.ceil(ratio * perSecond * options.seconds * 1.25)
  say(`P2: ${comers.toLocaleString('en')} new people enter through the gateway, closed loop`)
  const maximum = await runLoad({
    ...job,
    name: 'P2 enter',
    ownPartsFile: await writeComers(deps, 'enter', comers),
    loop: { kind: 'once', connections: options.connections },
  })
  const base = { ratio, name: 'G', perSecond }
  const ratePerSecond = halfOf(maximum, base)
  const atHalf = Math.ceil(ratePerSecond * (options.seconds + warmUpSeconds))
  say(`P2: ${atHalf.toLocaleString('en')} more, open loop at ${ratePerSecond}/s`)
  const half = await runLoad({
    ...job,
    name: 'P2 enter at half',
    ownPartsFile: await writeComers(deps, 'enter-at-half', atHalf),
    loop: { kind: 'open', ratePerSecond, seconds: options.seconds },
  })
  const entered = (await countEntered(deps)) - before
  const { maximum: most, p95 } = enterThroughGatewayMeasures
  return {
    findings: [atLeastRatio(most, maximum, base), fasterThan(p95, half, 'p95', 40)],
    loads: [maximum, half],
    notes: [compare(maximum, half, entered), await bareNote(deps, comers)],
  }
}

/** What the least that a gateway does takes here when it has met nobody before: whoever enters must be known first. */
const bareNote = ({ stack, directory, options, machine, say }: QueueDeps, people: number): Promise<string> => {
  say('P2: the minimal proxy, asked once by as many people')
  return withMinimalProxy(stack, { directory, waiting: options.waiting, asking: people }, async (proxy) => {
    const { grantedPerSecond } = await runLoad({
      name: 'P2 minimal proxy, strangers',
      url: proxy.origin + proxy.path,
      method: 'GET',
      headers: {},
      grantedStatus: 200,
      warmUpSeconds: warmUpSecondsOf(options.seconds),
      ownPartsFile: proxy.ownPartsFile,
      loop: { kind: 'once', connections: options.connections },
    })
    const ratio = grantedPerSecond / machine.minimalProxy.grantedPerSecond
    return (
      `P2: the minimal proxy (G) gives ${Math.round(grantedPerSecond).toLocaleString('en')} people it has not met before the rank they ` +
      `have in a second: ${ratio.toFixed(2)} G, and lets nobody into a queue`
    )
  })
}

async function writeComers({ directory, mint }: QueueDeps, name: string, count: number): Promise<string> {
  const file = join(directory, `${name}-requests.jsonl`)
  const people = newPeople(Math.min(newPeopleMax, count))
  writeOwnParts(file, people, (userId) => ({ headers: { authorization: `Bearer ${mint.token(userId)}` } }))
  return file
}

/** Everybody who has ever entered the schedule: those who wait and those who were admitted. */
async function countEntered({ redis, scheduleId }: QueueDeps): Promise<number> {
  const { waiting } = await countPeople(redis, scheduleId)
  return waiting + Number(await redis.client.hget(paceKey(scheduleId), 'admittedTotal'))
}

/** An answer that was granted and no place in the queue, or the other way round, would be a lie told at speed. */
function compare(maximum: LoadResult, half: LoadResult, entered: number): string {
  const granted = maximum.grantedInAll + half.grantedInAll
  return `P2: ${granted.toLocaleString('en')} were told that they have a place, the queue has ${entered.toLocaleString('en')} more people`
}
