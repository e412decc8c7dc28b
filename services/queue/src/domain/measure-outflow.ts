/** What one look at a schedule's queue showed. */
export interface Look {
  /** On a clock that only goes forward. */
  readonly atMs: number
  readonly epochUs: number
  /** All admitted, dropped at the front as gone, and gone by own will, so far. */
  readonly admittedTotal: number
  readonly droppedTotal: number
  readonly leftTotal: number
  readonly waiting: number
  /** Admission was neither paused nor held back, and the queue not closed. */
  readonly isOpen: boolean
  /** People per second, as configured. */
  readonly configured: number
  readonly maxInside: number | null
}

/** A few seconds in which people waited and admission was wanted. */
export interface Stretch {
  readonly fromMs: number
  readonly ms: number
  readonly admitted: number
  readonly dropped: number
  readonly left: number
  /** How many were to be admitted by the configuration. */
  readonly allowed: number
  /** People who waited, times how long. */
  readonly waitingMs: number
}

/** What is known of a schedule's outflow. */
export interface Measurement {
  readonly last: Look
  /** In order, at most one per `stretchMs` of the window. */
  readonly stretches: readonly Stretch[]
  /** Since when admission has gone on under the same circumstances. */
  readonly steadyFromMs: number
}

/** How far back a measurement looks. */
export const outflowWindowMs = 300_000

const stretchMs = 5_000
/** Two looks farther apart than this show nothing of the time between. */
const gapMaxMs = 5_000
/** So many of the latest stretches are set against those before. */
const recentStretches = 6
const changeErrorsMin = 4
const changeShareMin = 0.1
const enoughMs = 10_000
const enoughPeople = 10

/**
 * Takes in a look. Only time between two looks counts in which people waited, admission was open and the rate was the same.
 * What was measured of admission is left behind when admission goes on again after it was stopped, when another number of
 * people may be inside, and when the outflow has clearly become another one; everything is, with a new
 * epoch or counters that Redis has lost.
 */
export function takeLook(known: Measurement | undefined, look: Look): Measurement {
  if (known === undefined || isAnotherQueue(known.last, look)) {
    return { last: look, stretches: [], steadyFromMs: look.atMs }
  }
  const { last } = known
  const stretches = known.stretches.filter(({ fromMs }) => look.atMs - fromMs <= outflowWindowMs)
  if ((look.isOpen && !last.isOpen) || look.maxInside !== last.maxInside) {
    return { last: look, stretches, steadyFromMs: look.atMs }
  }
  if (!isTelling(last, look)) return { ...known, last: look, stretches }
  const added = addTo(stretches, between(last, look), known.steadyFromMs)
  const changedFromMs = added.length > stretches.length ? findChange(added.slice(0, -1), known.steadyFromMs) : null
  return { last: look, stretches: added, steadyFromMs: changedFromMs ?? known.steadyFromMs }
}

const isAnotherQueue = (last: Look, look: Look): boolean =>
  look.epochUs !== last.epochUs ||
  look.admittedTotal < last.admittedTotal ||
  look.droppedTotal < last.droppedTotal ||
  look.leftTotal < last.leftTotal

const isTelling = (last: Look, look: Look): boolean =>
  [last, look].every(({ isOpen, waiting }) => isOpen && waiting > 0) &&
  look.configured === last.configured &&
  look.atMs - last.atMs <= gapMaxMs

function between(last: Look, look: Look): Stretch {
  const ms = look.atMs - last.atMs
  return {
    fromMs: last.atMs,
    ms,
    admitted: look.admittedTotal - last.admittedTotal,
    dropped: look.droppedTotal - last.droppedTotal,
    left: look.leftTotal - last.leftTotal,
    allowed: (look.configured * ms) / 1_000,
    waitingMs: ((last.waiting + look.waiting) / 2) * ms,
  }
}

/** Joined to the latest stretch until that is full; time from before and after a change is never joined. */
function addTo(stretches: readonly Stretch[], added: Stretch, steadyFromMs: number): readonly Stretch[] {
  const latest = stretches.at(-1)
  const isFull = latest === undefined || latest.ms >= stretchMs || latest.fromMs < steadyFromMs
  return isFull ? [...stretches, added] : [...stretches.slice(0, -1), sumOf([latest, added])]
}

/** Whether so much is known of admission that it says more than the configuration. */
export const isEnough = ({ ms, allowed }: Stretch): boolean => ms >= enoughMs && allowed >= enoughPeople

/** Several stretches as one. */
export function sumOf(stretches: readonly Stretch[]): Stretch {
  const sum = (of: (stretch: Stretch) => number) => stretches.reduce((total, stretch) => total + of(stretch), 0)
  return {
    fromMs: stretches[0]?.fromMs ?? 0,
    ms: sum(({ ms }) => ms),
    admitted: sum(({ admitted }) => admitted),
    dropped: sum(({ dropped }) => dropped),
    left: sum(({ left }) => left),
    allowed: sum(({ allowed }) => allowed),
    waitingMs: sum(({ waitingMs }) => waitingMs),
  }
}

/**
 * When the outflow has become another one: since that of the latest stretches whose difference to all before is the clearest,
 * if it is more than four standard errors and a tenth. Null where it has not.
 */
function findChange(stretches: readonly Stretch[], steadyFromMs: number): number | null {
  const steady = stretches.filter(({ fromMs }) => fromMs >= steadyFromMs)
  let clearest = { errors: changeErrorsMin, fromMs: null as number | null }
  for (let count = 1; count <= recentStretches && steady.length >= count + recentStretches; count += 1) {
    const [before, recent] = [steady.slice(0, -count), steady.slice(-count)]
    const [was, is] = [sumOf(before), sumOf(recent)]
    const expected = (was.admitted / was.allowed) * is.allowed
    const off = Math.abs(is.admitted - expected)
    const uneven = dispersionOf(before, ({ admitted }) => admitted)
    const errors = off / Math.sqrt(uneven * Math.max(expected, 1) * (1 + is.allowed / was.allowed))
    if (isEnough(is) && off > changeShareMin * expected && errors > clearest.errors)
      clearest = { errors, fromMs: is.fromMs }
  }
  return clearest.fromMs
}

/**
 * How unevenly the line has moved: variance over mean of what `of` counts, by stretch or by half minute, whichever is more
 * uneven; at least 1, which is that of events independent of each other.
 */
export function dispersionOf(stretches: readonly Stretch[], of: (stretch: Stretch) => number): number {
  const full = stretches.filter(({ ms }) => ms >= stretchMs / 2)
  const halfMinutes = Array.from({ length: Math.floor(full.length / recentStretches) }, (_, index) =>
    sumOf(full.slice(index * recentStretches, (index + 1) * recentStretches)),
  )
  return Math.max(1, varianceOverMean(full, of), varianceOverMean(halfMinutes, of))
}

function varianceOverMean(stretches: readonly Stretch[], of: (stretch: Stretch) => number): number {
  const whole = sumOf(stretches)
  const share = of(whole) / whole.allowed
  if (stretches.length < 2 || of(whole) === 0) return 1
  const squares = stretches.map((stretch) => (of(stretch) - share * stretch.allowed) ** 2 / (share * stretch.allowed))
  return squares.reduce((total, square) => total + square, 0) / (stretches.length - 1)
}
