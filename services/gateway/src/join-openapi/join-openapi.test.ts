import { describe, expect, it } from 'vitest'
import { testGateway } from '../test-gateway.ts'
import { joinDocuments } from './join-documents.ts'

const document = (title: string, paths: object, schemas: object = {}) => ({
  openapi: '3.1.0',
  info: { title, version: '1.0.0' },
  paths,
  components: { schemas },
})
const operation = { responses: { 200: { description: 'ok' } } }
const gateway = testGateway({
  upstreams: {
    event: (app) => {
      const paths = { '/events': { get: operation, post: operation }, '/internal/seats': { get: operation } }
      app.get('/openapi.json', async () => document('event', paths))
    },
    reservation: (app) => {
      app.get('/openapi.json', async () => document('reservation', { '/reservations/hold': { post: operation } }))
    },
    payment: (app) => {
      app.get('/openapi.json', async (_request, reply) => reply.code(500).send({}))
    },
  },
})

describe('/openapi.json', () => {
  it('joins what the services say, with who may call, and names those that are away', async () => {
    const joined = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as {
      openapi: string
      info: { description: string }
      paths: Record<string, Record<string, { tags: string[]; security: object[] }>>
    }
    expect(joined.openapi).toBe('3.1.0')
    expect(Object.keys(joined.paths).toSorted()).toEqual(['/events', '/reservations/hold'])
    expect(joined.paths['/events']?.['get']).toMatchObject({ tags: ['event'], security: [] })
    expect(joined.paths['/events']?.['post']).toMatchObject({ security: [{ accessToken: [] }] })
    expect(joined.paths['/reservations/hold']?.['post']).toMatchObject({
      security: [{ accessToken: [], queueToken: [] }],
    })
    expect(joined.info.description).toContain('payment')
  })
})

describe('/docs', () => {
  it('is a page whose script and description come from the gateway itself', async () => {
    const page = await fetch(`${gateway.url}/docs`)
    expect(page.status).toBe(200)
    expect(new URL(page.url).pathname).toBe('/docs/')
    const html = await page.text()
    expect(html).toContain('/openapi.json')
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
    const source = /src="([^"]+)"/.exec(html)?.[1] ?? ''
    const script = await fetch(new URL(source, page.url))
    expect(script.status).toBe(200)
    expect(script.headers.get('content-type')).toContain('javascript')
    expect(new URL(script.url).origin).toBe(gateway.url)
    expect(page.headers.get('content-security-policy')).toContain("connect-src 'self'")
  })

  it('is named at the front door', async () => {
    expect(await (await fetch(gateway.url)).json()).toMatchObject({ docs: '/docs', openapi: '/openapi.json' })
  })
})

it('schemas of one name that differ stay apart, and equal ones are kept once', () => {
  const ref = (name: string) => ({ get: { responses: { 200: { content: { $ref: `#/components/schemas/${name}` } } } } })
  const all = { isPublic: () => true, secure: () => ({}) }
  const joined = joinDocuments(
    [
      {
        service: 'a',
        document: document('a', { '/a': ref('Seat') }, { Seat: { type: 'string' }, Problem: { type: 'object' } }),
      },
      {
        service: 'b',
        document: document('b', { '/b': ref('Seat') }, { Seat: { type: 'number' }, Problem: { type: 'object' } }),
      },
    ],
    all,
  )
  expect(joined).toMatchObject({
    components: {
      schemas: { Seat: { type: 'string' }, 'b.Seat': { type: 'number' }, Problem: { type: 'object' } },
    },
    paths: {
      '/a': { get: { responses: { 200: { content: { $ref: '#/components/schemas/Seat' } } } } },
      '/b': { get: { responses: { 200: { content: { $ref: '#/components/schemas/b.Seat' } } } } },
    },
  })
})
