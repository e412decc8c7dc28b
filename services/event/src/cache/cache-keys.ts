/**
 * The Redis keys of the catalogue cache (data.md). Each entry is valid in one generation: a change starts a new
 * generation, so that a reader who began before it can store nothing that is served after it.
 */
export type CacheTarget = {
  key: string
  kind: 'string' | 'hash'
  generationKey: string
  /** Whether clients get the body as it is: then it is kept compressed as well. */
  isSent: boolean
}

const generationOf = (key: string): string => `${key}:generation`
const listGeneration = 'cache:event:list:generation'

/** A page of the public list; `filters` names every filter and the order, in a fixed form. */
export const eventListTarget = (page: number, sizeItems: number, filters: string): CacheTarget => ({
  key: `cache:event:list:${page}:${sizeItems}:${filters}`,
  kind: 'string',
  generationKey: listGeneration,
  isSent: true,
})

export const eventTarget = (eventId: string): CacheTarget => hash(`cache:event:${eventId}`)
export const scheduleTarget = (scheduleId: string): CacheTarget => hash(`cache:schedule:${scheduleId}`)
/** The layout alone: what is sold is added to it for each answer. */
export const seatsTarget = (scheduleId: string): CacheTarget => ({
  ...hash(`cache:seats:${scheduleId}`),
  isSent: false,
})

/** Every page of the list at once; needs no entry key because no page is deleted by name. */
export const everyListTarget: Pick<CacheTarget, 'generationKey'> = { generationKey: listGeneration }

const hash = (key: string): CacheTarget => ({ key, kind: 'hash', generationKey: generationOf(key), isSent: true })
