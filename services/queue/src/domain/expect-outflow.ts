import { dispersionOf, isEnough, type Measurement, outflowWindowMs, type Stretch, sumOf } from './measure-outflow.ts'

/** How a line gets shorter. */
export interface Outflow {
  /** Places that go at the front per second, admitted or dropped; 0 while nobody is admitted. */
  readonly perSecond: number
  /** The share of those who wait that gives up in a second, wherever they stand. */
  readonly leavingPerSecond: number
  /** Variance over mean of the places that went; 1 is that of places that go independently of each other. */
  readonly dispersion: number
  /** How many places the rate was measured by; null where it is the configured one, which is known. */
  readonly measuredOn: number | null
}

/** Nobody is admitted. */
export const noOutflow: Outflow = { perSecond: 0, leavingPerSecond: 0, dispersion: 1, measuredOn: null }

/** From here on it was the configured rate that held people up, and not a want of room inside. */
const asConfiguredShare = 0.9
/** A group that goes together may be seen in two stretches. */
const oddestLeftOut = 2
/** On average, half of a person is on the way when one looks. */
const underWay = 0.5

/**
 * What those who wait can expect, with `configured` people to be admitted per second: as many as were admitted in the last
 * minutes, once ten seconds and ten people of it are known. Where these were as many as configured, they follow another
 * configured rate at once; where they were fewer, only a lower one.
 */
export function expectOutflow(measurement: Measurement | undefined, configured: number, nowMs: number): Outflow {
  const stretches = (measurement?.stretches ?? []).filter(({ fromMs }) => nowMs - fromMs <= outflowWindowMs)
  const steady = stretches.filter(({ fromMs }) => fromMs >= (measurement?.steadyFromMs ?? 0))
  const people = sumOf(withoutOddest(stretches))
  const placesPerPerson = (people.admitted + people.dropped + 1) / (people.admitted + 1)
  const admission = expectAdmission(sumOf(steady), configured)
  return {
    perSecond: admission.perSecond * placesPerPerson,
    leavingPerSecond: people.waitingMs > 0 ? people.left / (people.waitingMs / 1_000) : 0,
    dispersion: dispersionOf(steady, ({ admitted, dropped }) => admitted + dropped),
    measuredOn: admission.measuredOn,
  }
}

/** Without the two stretches in which most places were given up: a group that has gone together says nothing of the others. */
function withoutOddest(stretches: readonly Stretch[]): readonly Stretch[] {
  const givenUp = ({ dropped, left }: Stretch) => dropped + left
  return stretches.toSorted((one, other) => givenUp(other) - givenUp(one)).slice(oddestLeftOut)
}

function expectAdmission(steady: Stretch, configured: number): Pick<Outflow, 'perSecond' | 'measuredOn'> {
  if (!isEnough(steady)) return { perSecond: configured, measuredOn: null }
  const people = steady.admitted + underWay
  const share = Math.min(1, people / steady.allowed)
  if (share >= asConfiguredShare) return { perSecond: configured * share, measuredOn: null }
  return { perSecond: Math.min(configured, people / (steady.ms / 1_000)), measuredOn: people }
}
