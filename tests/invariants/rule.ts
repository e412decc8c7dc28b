import type { Books } from './books.ts'

/** One thing that must hold: what was looked at and which rows break it, named so that a person finds them. */
export interface Finding {
  readonly examined: number
  readonly violations: readonly string[]
}

export interface Rule {
  readonly name: string
  readonly check: (books: Books) => Promise<Finding>
}
