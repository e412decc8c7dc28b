import { randomUUID } from 'node:crypto'
import { createRedis } from '@ticket-queue/redis'
import { createLog } from '@ticket-queue/service-kit'
import { testRedis, waitUntil } from '@ticket-queue/testing'
import { describe, expect, it } from 'vitest'
import { type CacheTarget, eventListTarget, eventTarget, everyListTarget } from './cache-keys.ts'
import { createCatalogueCache, type Entry, neverChangesMs } from './catalogue-cache.ts'

const redis = testRedis()
const log = createLog('event', 'silent')
const cache = createCatalogueCache({ redis, log })
const otherProcess = createCatalogueCache({ redis, log })

let used = 0
const fresh = (): CacheTarget => {
  used += 1
  return eventTarget(`event-${used}`)
}
/** A builder that counts its runs and waits to be let go. */
const gatedBuild = (body = '"built"') => {
  const gate = Promise.withResolvers<void>()
  const build = Object.assign(
    async () => {
      build.runs += 1
      await gate.promise
      return { body, freshMs: neverChangesMs }
    },
    { runs: 0, open: gate.resolve },
  )
  return build
}
const give =
  (body: string, freshMs = neverChangesMs) =>
  async () => ({ body, freshMs })
const textOf = (entry: Entry | null) => entry?.plain.toString()
const never = async () => {
  throw new Error('must not be built')
}

describe('catalogue cache', () => {
  it('builds once for a hundred readers in two processes that all come to a cold cache', async () => {
    const target = fresh()
    const build = gatedBuild()
    const readers = Array.from({ length: 100 }, (_, index) => (index % 2 ? cache : otherProcess).read(target, build))
    await waitUntil(() => build.runs === 1)
    build.open()
    const entries = await Promise.all(readers)
    expect(new Set(entries.map(textOf))).toEqual(new Set(['"built"']))
    expect(build.runs).toBe(1)
  })

  it('gives what was stored, with the same tag, without building, from a hash or a string', async () => {
    for (const target of [fresh(), eventListTarget(0, 20, 'status=;city=;sort=title')]) {
      const first = await cache.read(target, give('{"body":"a\\"b","n":[1]}'))
      expect(await otherProcess.read(target, never)).toEqual(first)
    }
  })

  it('keeps a page of the list as a JSON string', async () => {
    const target = eventListTarget(3, 20, 'x')
    await cache.read(target, give('{"list":[]}'))
    const text = await redis.client.get('cache:event:list:3:20:x')
    expect(JSON.parse(text ?? '')).toMatchObject({ body: { list: [] }, lifeMs: 300_000 })
  })

  it('gives nobody an entry that was built before a change once the change is known', async () => {
    const target = fresh()
    const slow = gatedBuild('"old"')
    const early = cache.read(target, slow)
    await waitUntil(() => slow.runs === 1)
    await otherProcess.invalidate(target)
    expect(textOf(await otherProcess.read(target, give('"new"')))).toBe('"new"')
    expect(textOf(await cache.read(target, give('"new"')))).toBe('"new"')
    slow.open()
    expect(textOf(await early)).toBe('"old"')
    expect(textOf(await cache.read(target, give('"newest"')))).not.toBe('"old"')
  })

  it('does not serve again what was read while a change made here went by', async () => {
    const target = fresh()
    const slow = gatedBuild('"old"')
    const early = cache.read(target, slow)
    await waitUntil(() => slow.runs === 1)
    await cache.invalidate(target)
    slow.open()
    await early
    expect(textOf(await cache.read(target, give('"new"')))).toBe('"new"')
  })

  it('drops every page of the list at once', async () => {
    const pages = [eventListTarget(0, 10, 'a'), eventListTarget(1, 10, 'b')]
    for (const page of pages) await cache.read(page, give('1'))
    await cache.invalidate(everyListTarget)
    for (const page of pages) expect(textOf(await cache.read(page, give('2')))).toBe('2')
  })

  it('serves an entry near its end to everybody while one reader rebuilds it', async () => {
    const target = fresh()
    await cache.read(target, give('"old"'))
    await redis.client.pexpire(target.key, 20_000)
    const build = gatedBuild('"new"')
    const entries = await Promise.all(Array.from({ length: 20 }, () => otherProcess.read(target, build)))
    expect(new Set(entries.map(textOf))).toEqual(new Set(['"old"']))
    await waitUntil(() => build.runs === 1)
    build.open()
    await waitUntil(async () => textOf(await cache.read(target, never)) === '"new"')
    expect(await redis.client.pttl(target.key)).toBeGreaterThan(290_000)
    expect(build.runs).toBe(1)
  })

  it('stores nothing for what does not exist, and asks again', async () => {
    const target = fresh()
    expect(await cache.read(target, async () => null)).toBeNull()
    expect(textOf(await cache.read(target, give('1')))).toBe('1')
  })

  it('passes an error of the build on to its readers and lets the next one build', async () => {
    const target = fresh()
    await expect(cache.read(target, never)).rejects.toThrow('must not be built')
    expect(textOf(await otherProcess.read(target, give('1')))).toBe('1')
  })

  it('never keeps an entry longer than its content stands', async () => {
    const target = fresh()
    await cache.read(target, give('1', 40))
    expect(await redis.client.pttl(target.key)).toBeLessThanOrEqual(40)
    await waitUntil(async () => textOf(await cache.read(target, give('2'))) === '2')
  })

  it('builds for itself, one at a time, while Redis is away, and does not fail on a change', async () => {
    const away = createRedis({ url: 'redis://127.0.0.1:1', failFast: true })
    const lonely = createCatalogueCache({ redis: away, log })
    const target = fresh()
    const build = gatedBuild()
    const readers = Array.from({ length: 10 }, () => lonely.read(target, build))
    await waitUntil(() => build.runs === 1)
    build.open()
    for (const entry of await Promise.all(readers)) expect(textOf(entry)).toBe('"built"')
    expect(build.runs).toBe(1)
    await lonely.invalidate(target)
    await away.close()
  })

  it('a change that Redis did not take is seen as soon as it takes it', async () => {
    const user = `event-${randomUUID()}`
    const allow = (...rules: string[]) => redis.client.call('ACL', 'SETUSER', user, ...rules)
    await allow('on', '>secret', '~*', '&*', '+@all', '-set')
    const { host, port } = redis.client.options
    const refused = createRedis({ url: `redis://${user}:secret@${host}:${port}`, keyPrefix: redis.keyPrefix })
    const [target, other] = [fresh(), fresh()]
    for (const one of [target, other]) await cache.read(one, give('"old"'))
    await createCatalogueCache({ redis: refused, log }).invalidate(target, other)
    expect(textOf(await otherProcess.read(target, never))).toBe('"old"')
    await allow('+set')
    for (const one of [target, other])
      await waitUntil(async () => textOf(await otherProcess.read(one, give('"new"'))) === '"new"')
    await refused.close()
    await redis.client.call('ACL', 'DELUSER', user)
  })
})
