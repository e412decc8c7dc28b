import { z } from 'zod'
import type { RedisClient } from './create-redis.ts'
import { readScript, type Script } from './read-script.ts'

/** Key names to what the caller passes: one key each, or a list where the last name ends in `...`. */
export type KeysOf<Names extends readonly string[]> = {
  [Name in Names[number] as Name extends `${infer Bare}...` ? Bare : Name]: Name extends `${string}...`
    ? readonly string[]
    : string
}

export interface ScriptDefinition<Names extends readonly string[], Args extends z.ZodObject, Reply extends z.ZodType> {
  /** `new URL('./hold-seats.lua', import.meta.url)` */
  file: URL
  keys: Names
  /** In the order of ARGV; a last field that is an array takes the rest. */
  args: Args
  reply: Reply
}

/**
 * A typed function over one Lua script. Throws at load if the script's header does not list these keys and arguments.
 * Each call parses its arguments and its reply; it sends the hash, and the source only to a server that does not know it.
 */
export const defineScript = <const Names extends readonly string[], Args extends z.ZodObject, Reply extends z.ZodType>(
  definition: ScriptDefinition<Names, Args, Reply>,
): ((redis: RedisClient, keys: KeysOf<Names>, args: z.input<Args>) => Promise<z.output<Reply>>) => {
  const argumentNames = Object.entries(definition.args.shape)
  const script = readScript(
    definition.file,
    definition.keys,
    argumentNames.map(([name, schema]) => (schema instanceof z.ZodArray ? `${name}...` : name)),
  )
  const bareNames = definition.keys.map((name) => name.replace(/\.\.\.$/, ''))

  return async (redis, keys, args) => {
    const keyList = bareNames.flatMap((name) => (keys as Record<string, string | readonly string[]>)[name] ?? [])
    const parsed = definition.args.parse(args) as Record<string, string | number | (string | number)[]>
    const argumentList = argumentNames.flatMap(([name]) => parsed[name] ?? '')
    return definition.reply.parse(await run(redis, script, keyList, argumentList))
  }
}

const run = async (
  redis: RedisClient,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> => {
  try {
    return await redis.client.evalsha(script.sha, keys.length, ...keys, ...args)
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
    return await redis.client.eval(script.source, keys.length, ...keys, ...args)
  }
}
