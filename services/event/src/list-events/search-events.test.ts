import { createDatabase } from '@ticket-queue/database'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeEvent, makeHall, schedulePlan } from '../test-catalogue.ts'
import { testEventService } from '../test-event-service.ts'
import { eventPageQuery } from './find-event-page.ts'

const service = await testEventService()
const owner = createDatabase({ url: service.ownerUrl, poolMax: 1 })
afterAll(() => owner.close())

const list = (query: Record<string, string>) => service.call('GET', `/events?${new URLSearchParams(query)}`)
const titles = async (query: Record<string, string>): Promise<string[]> =>
  (await list({ sort: 'title', size: '100', ...query })).body.list.map((event: { title: string }) => event.title)

describe('GET /events?q=', () => {
  beforeAll(async () => {
    const place = await makeHall(service, undefined, undefined, '서울')
    const shows = [
      ['아이유 콘서트 〈더 위닝〉', '아이유'],
      ['SEVENTEEN TOUR ‘FOLLOW’', '세븐틴'],
      ['Straße der Lieder', 'Björk'],
      ['뉴진스 팬미팅', 'NewJeans'],
      ['１００％ ＬＩＶＥ', 'IU'],
    ]
    for (const [title, artist] of shows) await makeEvent(service, { title: `${title}`, artist: `${artist}`, place })
  })

  it.each([
    ['Korean syllables in the middle of a word', '진스', ['뉴진스 팬미팅']],
    ['one syllable', '팬', ['뉴진스 팬미팅']],
    ['two letters', 'iu', ['１００％ ＬＩＶＥ']],
    ['the artist', '세븐틴', ['SEVENTEEN TOUR ‘FOLLOW’']],
    ['any case', 'sEvEnTeEn', ['SEVENTEEN TOUR ‘FOLLOW’']],
    ['letters whose upper case is longer', 'STRASSE', ['Straße der Lieder']],
    ['syllables typed as single jamo (macOS)', '아이유'.normalize('NFD'), ['아이유 콘서트 〈더 위닝〉']],
    ['accents typed apart', 'Bjo\u0308rk', ['Straße der Lieder']],
    ['full-width letters', 'ｎｅｗｊｅａｎｓ', ['뉴진스 팬미팅']],
    ['full-width text by plain letters', '100% live', ['１００％ ＬＩＶＥ']],
    ['words without their space', '아이유콘서트', ['아이유 콘서트 〈더 위닝〉']],
    ['words with a space too many', 'new jeans', ['뉴진스 팬미팅']],
    ['words of title and artist in any order', '세븐틴 follow tour', ['SEVENTEEN TOUR ‘FOLLOW’']],
    ['nothing where one word is missing', '세븐틴 콘서트', []],
    ['nothing across the end of the title', '위닝〉아이유', []],
    ['signs literally', '%', ['１００％ ＬＩＶＥ']],
    ['nothing for a pattern', 'S_VENTEEN', []],
    ['nothing for a quote', "' or true --", []],
  ])('finds by %s', async (_what, q, found) => {
    expect(await titles({ q })).toEqual(found)
  })

  it('finds the city in any spelling of its letters', async () => {
    expect((await titles({ city: '서울'.normalize('NFD') })).length).toBe(5)
    expect(await titles({ city: '서' })).toEqual([])
  })
})

describe('GET /events?from=&to=', () => {
  it('takes days as those of Korea, both included', async () => {
    const place = await makeHall(service)
    const showAt = (eventStartAt: string) => ({
      ...schedulePlan(),
      eventStartAt,
      eventEndAt: new Date(Date.parse(eventStartAt) + 7_200_000).toISOString(),
      saleEndAt: new Date(Date.parse(eventStartAt) - 3_600_000).toISOString(),
    })
    // 00:30 of the 2nd, and 23:30 of the 3rd of May in Seoul.
    const night = showAt('2098-05-01T15:30:00Z')
    const lateNight = showAt('2098-05-03T14:30:00Z')
    await makeEvent(service, { title: 'Two nights', place, schedules: [night, { ...lateNight, playSequence: 2 }] })
    const between = (from?: string, to?: string) =>
      titles({ q: 'Two nights', ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) })
    for (const [from, to] of [
      ['2098-05-02', '2098-05-02'],
      ['2098-05-03', '2098-05-03'],
      ['2098-05-03', undefined],
      [undefined, '2098-05-02'],
      ['2000-01-01', '2199-12-31'],
    ]) {
      expect(await between(from, to), `${from} ${to}`).toEqual(['Two nights'])
    }
    for (const [from, to] of [
      ['2098-05-01', '2098-05-01'],
      ['2098-05-04', undefined],
      [undefined, '2098-05-01'],
    ]) {
      expect(await between(from, to), `${from} ${to}`).toEqual([])
    }
  })

  it.each([
    { from: '2098-05-04', to: '2098-05-03' },
    { from: '2098-02-30' },
    { from: '0001-01-01' },
    { to: '2098-5-3' },
    { to: 'tomorrow' },
    { from: '2098-05-04T00:00:00Z' },
    { q: 'x'.repeat(101) },
    { q: 'a\u0000b' },
    { q: ' ' },
    { city: 'x'.repeat(51) },
  ])('refuses %j and names the field', async (query) => {
    const answer = await list(query)
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED'])
    expect(answer.body.errors[0].path).toBe(Object.keys(query).at(-1))
  })
})

describe('with thousands of events', () => {
  const word = '무지개'
  const query = { page: 0, size: 20, sort: 'recommended' } as const

  beforeAll(async () => {
    const { venueId, hallId } = await makeHall(service)
    await sql`
      with made as (
        insert into events (title, artist, venue_id, hall_id, status)
        select '제' || n || '회 가을 음악회 Autumn Night ' || n, '가수 Singer ' || n, ${venueId}, ${hallId}, 'OPEN'
        from generate_series(1, 5000) as n
        returning id
      )
      insert into event_schedules (event_id, play_sequence, event_start_at, event_end_at, sale_start_at, sale_end_at)
      select id, 1, start, start + interval '2 hours', now() - interval '1 day', start - interval '1 hour'
      from (select id, now() + interval '1 day' * (10 + row_number() over (order by id) % 1000) as start from made)`.execute(
      service.database.db,
    )
    await makeEvent(service, { title: '무지개 동산', artist: 'Rainbow' })
    await sql`analyze event_service.events, event_service.event_schedules, event_service.venues`.execute(owner.db)
  })

  it.each([
    ['a Korean word', { q: word }, 'events_search'],
    ['an English word', { q: 'rainBOW' }, 'events_search'],
    ['two syllables', { q: '동산' }, 'events_search'],
    ['some days', { from: '2090-01-01', to: '2090-01-03' }, 'event_schedules_show_start'],
  ])('finds %s through its index', async (_what, filter, index) => {
    const { rows } = await sql<{ 'QUERY PLAN': object }>`
      explain (format json) ${eventPageQuery({ ...query, ...filter }, 'public')}`.execute(service.database.db)
    const nodes = nodesOf(rows[0]?.['QUERY PLAN'] ?? {})
    expect(nodes.map((node) => node['Index Name'])).toContain(index)
    const scanned = nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'])
    expect(scanned).not.toContain('events')
  })

  it.each([
    // Once for each show of the page's events.
    ['recommended', 40],
    ['title', 40],
    ['price', 1],
  ] as const)('reads prices for the page alone, or in one pass if they make the order: %s', async (sort, loopsMax) => {
    const { rows } = await sql<{ 'QUERY PLAN': object }>`
      explain (analyze, format json) ${eventPageQuery({ ...query, sort }, 'public')}`.execute(service.database.db)
    const loops = nodesOf(rows[0]?.['QUERY PLAN'] ?? {})
      .filter((node) => node['Relation Name'] === 'schedule_prices')
      .map((node) => Number(node['Actual Loops']))
    expect(loops).toHaveLength(1)
    expect(loops[0]).toBeLessThanOrEqual(loopsMax)
  })

  it('gives the right page and total, with and without a filter', async () => {
    expect(await titles({ q: word })).toEqual(['무지개 동산'])
    const all = await list({ q: 'autumn', page: '249' })
    expect([all.body.totalElements, all.body.list.length]).toEqual([5000, 20])
    expect((await list({ q: 'Autumn Night 4999' })).body.totalElements).toBe(1)
  })
})

type PlanNode = Readonly<Record<string, unknown>>

/** Every step of a plan, however deep. */
const nodesOf = (plan: object): PlanNode[] => [
  ...('Node Type' in plan ? [plan as PlanNode] : []),
  ...Object.values(plan).flatMap((inner) => (typeof inner === 'object' && inner !== null ? nodesOf(inner) : [])),
]
