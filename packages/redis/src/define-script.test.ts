import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { testRedis } from '@ticket-queue/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineScript } from './define-script.ts'
import { replies } from './reply.ts'

const redis = testRedis()
const directory = mkdtempSync(join(tmpdir(), 'define-script-'))
afterAll(() => rmSync(directory, { recursive: true }))

function scriptFile(source: string): URL {
  const file = join(directory, `${randomUUID()}.lua`)
  writeFileSync(file, source)
  return pathToFileURL(file)
}

const header = `-- Purpose: add up.
-- KEYS
--   [1] total      string
--   [2..] part     string, any number
-- ARGV
--   [1] name       of the sum
--   [2..] weights  one for each part
-- Returns
--   {'sum', name, total}
`
const body = `
local total = 0
for i = 2, #KEYS do
  total = total + tonumber(redis.call('GET', KEYS[i]) or 0) * ARGV[i]
end
redis.call('SET', KEYS[1], total)
return { 'sum', ARGV[1], total }
`
const definition = {
  keys: ['total', 'part...'],
  args: z.object({ name: z.string().min(1), weights: z.array(z.int()) }),
  reply: replies({ sum: { name: z.string(), total: z.number() } }),
} as const

const addUp = defineScript({ ...definition, file: scriptFile(header + body) })

describe('a script', () => {
  test('gets its keys with the prefix of the connection and its arguments in order', async () => {
    await redis.client.mset('a', 2, 'b', 3)
    const sum = await addUp(redis, { total: 'c', part: ['a', 'b'] }, { name: 'both', weights: [10, 1] })
    expect(sum).toEqual({ outcome: 'sum', name: 'both', total: 23 })
    expect(await redis.client.get('c')).toBe('23')
  })

  test('has in it what it includes, as often as several scripts include the same', async () => {
    const part = scriptFile('local function twice(number)\n  return 2 * number\nend\n')
    const source = `${header}\n-- @include ./${part.pathname.split('/').at(-1)}\nreturn { 'sum', ARGV[1], twice(21) }\n`
    for (const file of [scriptFile(source), scriptFile(source)]) {
      const script = defineScript({ ...definition, file })
      const sum = await script(redis, { total: 'e', part: [] }, { name: 'twice', weights: [] })
      expect(sum).toEqual({ outcome: 'sum', name: 'twice', total: 42 })
    }
  })

  test('runs on a server that has forgotten it', async () => {
    await redis.client.script('FLUSH')
    const run = () => addUp(redis, { total: 'd', part: [] }, { name: 'none', weights: [] })
    const [first, second] = [await run(), await run()]
    expect(first).toEqual({ outcome: 'sum', name: 'none', total: 0 })
    expect(second).toEqual(first)
  })

  test('is not run with arguments its schema refuses', async () => {
    await expect(addUp(redis, { total: 'refused', part: [] }, { name: '', weights: [] })).rejects.toThrow(z.ZodError)
    expect(await redis.client.exists('refused')).toBe(0)
  })

  test('whose reply has another shape than declared fails instead of passing it on', async () => {
    const wrong = defineScript({ ...definition, file: scriptFile(`${header}return { 'sum', ARGV[1], 'three' }\n`) })
    await expect(wrong(redis, { total: 'e', part: [] }, { name: 'x', weights: [] })).rejects.toThrow(z.ZodError)
  })

  test('that fails inside Redis rejects with the message of Redis', async () => {
    const failing = defineScript({ ...definition, file: scriptFile(`${header}return redis.call('LPOP', KEYS[1])\n`) })
    await redis.client.set('text', 'x')
    await expect(failing(redis, { total: 'text', part: [] }, { name: 'x', weights: [] })).rejects.toThrow('WRONGTYPE')
  })
})

describe('loading refuses a script', () => {
  const load = (source: string) => () => defineScript({ ...definition, file: scriptFile(source + body) })

  test.each([
    ['without one of the keys', header.replace(/.*part .*\n/, '')],
    ['with keys in another order', header.replace('[1] total', '[1] part').replace('[2..] part', '[2] total')],
    ['with one key where the wrapper passes many', header.replace('[2..] part', '[2] part')],
    ['without one of the arguments', header.replace(/.*weights .*\n/, '')],
    ['with another name for an argument', header.replace('weights', 'factors')],
    ['with a further argument', header.replace('-- Returns', '--   [3] extra\n-- Returns')],
    ['with wrong numbering', header.replace('[1] name', '[2] name')],
    ['without a purpose', header.replace('Purpose:', 'It does:')],
    ['without its returns', header.replace('-- Returns\n', '')],
    ['without any header', ''],
  ])('%s in its header', (_what, source) => {
    expect(load(source)).toThrow()
  })

  test('that includes what does not exist', () => {
    expect(load(`${header}\n-- @include ./no-such.lua\n${body}`)).toThrow('ENOENT')
  })

  test('that does not exist', () => {
    expect(() => defineScript({ ...definition, file: new URL('./no-such.lua', import.meta.url) })).toThrow('ENOENT')
  })
})
