import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import type { Books } from '../../invariants/books.ts'
import type { CheckedRule } from '../../invariants/check-books.ts'
import { untilSettled } from '../../invariants/until-settled.ts'
import { type Hold, type Plan, type RoadDeps, walk } from './buyer.ts'
import { createCall } from './call.ts'
import { comeBack } from './come-back.ts'
import { createMeasures, type Measures } from './measure.ts'
import type { CrowdOptions } from './options.ts'

export interface CrowdAddress {
  readonly gatewayUrl: string
  readonly sandboxUrl: string
  readonly scheduleId: string
  /** The end of the abandoned holds is waited for, so that their seats are seen to come back. */
  readonly settleTimeoutMs: number
}

export interface CrowdResult {
  readonly measures: Measures
  readonly seconds: number
  readonly books: readonly CheckedRule[]
}

/** Sends the people, waits until abandoned holds are over and everything has settled, checks the books. */
export async function runCrowd(
  options: Pick<CrowdOptions, 'buyers' | 'failPaymentsShare' | 'abandonShare' | 'atOnce'>,
  address: CrowdAddress,
  books: Books,
  progress: Progress = silentProgress,
): Promise<CrowdResult> {
  const measures = createMeasures()
  const deps = await prepareRoad(address, measures)
  const begunAt = performance.now()
  const plans = plansFor(options)
  const waiting = [...plans.entries()]
  const abandoned: Hold[] = []
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const walked = await walk(deps, next[0] + 1, next[1])
      if (walked.abandoned) abandoned.push(walked.abandoned)
      progress.person(measures)
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.atOnce, options.buyers) }, lane))
  const seconds = (performance.now() - begunAt) / 1000
  const holdsEndInMs = Math.max(0, ...abandoned.map((hold) => Date.parse(hold.holdExpiresAt) - Date.now()))
  progress.settling(holdsEndInMs)
  const checked = await untilSettled(books, holdsEndInMs + address.settleTimeoutMs, [comeBack(abandoned)])
  progress.end()
  return { measures, seconds, books: checked }
}

/** Whole numbers of people rather than dice, mixed so that each kind comes all along. */
function plansFor(options: Pick<CrowdOptions, 'buyers' | 'failPaymentsShare' | 'abandonShare'>): Plan[] {
  const failing = Math.round(options.buyers * options.failPaymentsShare)
  const leaving = Math.round(options.buyers * options.abandonShare)
  const plans = Array.from({ length: options.buyers }, (_, index): Plan => {
    if (index < failing) return 'fail payment'
    return index < failing + leaving ? 'abandon' : 'buy'
  })
  return plans
    .map((plan) => ({ plan, order: Math.random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ plan }) => plan)
}

interface Terms {
  readonly termsId: string
  readonly version: string
  readonly required: boolean
}

interface SeatMap {
  readonly grades: readonly { readonly seats: readonly { readonly id: string; readonly ordinal: number }[] }[]
}

/** What every buyer of a run shares: the seats in ordinal order and the terms to consent to. */
export async function prepareRoad(
  address: Omit<CrowdAddress, 'settleTimeoutMs'>,
  measures: Measures,
): Promise<RoadDeps> {
  const call = createCall(measures)
  const terms = await call<Terms[]>('sign up', {}, 'GET', `${address.gatewayUrl}/auth/terms`)
  const map = await call<SeatMap>(
    'seat states',
    {},
    'GET',
    `${address.gatewayUrl}/events/schedules/${address.scheduleId}/seats`,
  )
  const seats = map.body.grades.flatMap((grade) => grade.seats).toSorted((a, b) => a.ordinal - b.ordinal)
  const consents = terms.body.filter((one) => one.required).map(({ termsId, version }) => ({ termsId, version }))
  return { ...address, call, measures, seats, consents }
}

/** What a person sees while a crowd is on the road. */
export interface Progress {
  person(measures: Measures): void
  settling(holdsEndInMs: number): void
  end(): void
}

const silentProgress: Progress = { person: () => {}, settling: () => {}, end: () => {} }

/** Bars on a terminal: people who are through, and the wait for abandoned holds. */
export function progressBars(buyers: number): Progress {
  const bars = new MultiBar(
    {
      format: '  {bar} {percentage}% | {value}/{total} {label}',
      hideCursor: true,
      noTTYOutput: true,
      notTTYSchedule: 5_000,
    },
    Presets.shades_classic,
  )
  const people = bars.create(buyers, 0, { label: 'people through' })
  let settling: SingleBar | undefined
  let timer: NodeJS.Timeout | undefined
  return {
    person(measures) {
      const endings = [...measures.endings].map(([ending, count]) => `${ending} ${count}`).join(', ')
      people.increment(1, { label: `people through: ${endings}` })
    },
    settling(holdsEndInMs) {
      const seconds = Math.ceil(holdsEndInMs / 1000)
      settling = bars.create(Math.max(1, seconds), 0, {
        label: 's until the abandoned holds have ended and all is settled',
      })
      timer = setInterval(() => settling?.increment(), 1_000)
    },
    end() {
      clearInterval(timer)
      bars.stop()
    },
  }
}
