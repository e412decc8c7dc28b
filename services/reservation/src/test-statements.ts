import { type Kysely, type KyselyPlugin, OperationNodeTransformer, type RawNode } from 'kysely'
import { createHoldRows } from './hold-seats/hold-rows.ts'
import type { Database } from './store/database.ts'

class OtherText extends OperationNodeTransformer {
  readonly #text: RegExp
  readonly #instead: string
  constructor(text: RegExp, instead: string) {
    super()
    this.#text = text
    this.#instead = instead
  }
  protected override transformRaw(node: RawNode): RawNode {
    const raw = super.transformRaw(node)
    return { ...raw, sqlFragments: raw.sqlFragments.map((fragment) => fragment.replace(this.#text, this.#instead)) }
  }
}
/** The statements of the service with a part of their text replaced, which takes a guard away. */
export const otherText = (text: RegExp, instead = ''): KyselyPlugin => {
  const transformer = new OtherText(text, instead)
  return {
    transformQuery: ({ node }) => transformer.transformNode(node),
    transformResult: async ({ result }) => result,
  }
}

/** What writes the rows of holds needs, over a handle of its own: two of them never write together. */
export const writingTo = (db: Kysely<Database>, holdSeconds = 300) => ({
  db,
  holdSeconds,
  holdRows: createHoldRows({ db, holdSeconds }),
})
