import { z } from 'zod'

type Fields = Record<string, z.ZodType>
type Words = Record<string, Fields>

/** What a script with these replies gives: `outcome` is the first word of its reply, the rest are named in order. */
export type Reply<Table extends Words> = {
  [Word in keyof Table]: { outcome: Word } & { [Field in keyof Table[Word]]: z.output<Table[Word][Field]> }
}[keyof Table]

/**
 * The replies of a script, by their first word: `replies({ held: { expiresAtMs: z.number() }, taken: { seatIds: z.array(z.string()) } })`
 * reads `{'held', 17}` as `{ outcome: 'held', expiresAtMs: 17 }`. A last field that is an array takes all that is left.
 */
export const replies = <const Table extends Words>(table: Table) => {
  const fieldsOf = new Map(
    Object.entries(table).map(([word, fields]) => [
      word,
      Object.entries(fields).map(([name, schema]) => ({ name, schema, takesRest: schema instanceof z.ZodArray })),
    ]),
  )
  return z.array(z.unknown()).transform((values, context): Reply<Table> => {
    const [word] = values
    const fields = typeof word === 'string' ? fieldsOf.get(word) : undefined
    if (fields === undefined) {
      context.addIssue({ code: 'custom', message: `unknown reply ${JSON.stringify(word)}` })
      return z.NEVER
    }
    const reply: Record<string, unknown> = { outcome: word }
    let index = 0
    for (const { name, schema, takesRest } of fields) {
      index += 1
      const parsed = schema.safeParse(takesRest ? values.slice(index) : values[index])
      if (!parsed.success)
        context.addIssue({ code: 'custom', message: parsed.error.message, path: [String(word), name] })
      else reply[name] = parsed.data
    }
    return reply as Reply<Table>
  })
}
