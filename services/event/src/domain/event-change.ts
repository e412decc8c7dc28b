import type { FieldError } from '@ticket-queue/contracts/errors'
import type { SaleRules } from '@ticket-queue/contracts/http/event'
import type { EventOptions } from './event-options.ts'

/** An event as an edit finds it, without its schedules. */
export type EventFound = {
  title: string
  artist: string
  description: string
  posterUrl: string | null
  venueId: string
  hallId: string
  rules: SaleRules
}
type Field = Exclude<keyof EventFound, 'rules'>

/** What may be changed of an event itself (EVT-002); of its options, each by itself. */
export type EventChange = { [Name in Field]?: EventFound[Name] | undefined } & {
  options?: { [Name in keyof EventOptions]?: EventOptions[Name] | undefined } | undefined
}

const fields = ['title', 'artist', 'description', 'posterUrl', 'venueId', 'hallId'] as const

/** Gives the part of `change` that would make a difference; options are then a part of the present ones. */
export function realEventChange(found: EventFound, change: EventChange): EventChange {
  const differing = fields.filter((field) => change[field] !== undefined && change[field] !== found[field])
  const real: EventChange = Object.fromEntries(differing.map((field) => [field, change[field]]))
  const options = realOptions(found.rules, change.options ?? {})
  return Object.keys(options).length === 0 ? real : { ...real, options }
}

function realOptions(rules: SaleRules, { perPersonMax, avoidOrphans, release }: NonNullable<EventChange['options']>) {
  const real: NonNullable<EventChange['options']> = {}
  if (perPersonMax !== undefined && perPersonMax !== rules.perPersonMax) real.perPersonMax = perPersonMax
  if (avoidOrphans !== undefined && avoidOrphans !== rules.avoidOrphans) real.avoidOrphans = avoidOrphans
  const { policy, at } = rules.release
  if (release !== undefined && (release.policy !== policy || release.at !== at)) real.release = release
  return real
}

/**
 * Gives the fields of a real change that are fixed once the sale of one of the event's schedules has started (EVT-002): what a
 * buyer has paid for stays. Texts, poster and orphan rule are free; the limit per person may only rise.
 */
export function fixedEventFields(found: EventFound, change: EventChange): FieldError[] {
  const fixed: FieldError[] = []
  const refuse = (path: string, message: string) => fixed.push({ path, code: 'FIXED', message })
  if (change.artist !== undefined) refuse('artist', 'Tickets for this artist have been offered')
  if (change.venueId !== undefined) refuse('venueId', 'Tickets for this venue have been offered')
  if (change.hallId !== undefined) refuse('hallId', 'Seats of this hall have been offered')
  const { perPersonMax, release } = change.options ?? {}
  const limit = (seats: number | null) => seats ?? Number.POSITIVE_INFINITY
  if (perPersonMax !== undefined && limit(perPersonMax) < limit(found.rules.perPersonMax)) {
    refuse('options.perPersonMax', 'Some may have bought more: the limit may only rise')
  }
  if (release !== undefined) refuse('options.release', 'Buyers wait for cancelled seats by this policy')
  return fixed
}
