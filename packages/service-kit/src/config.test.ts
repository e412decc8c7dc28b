import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { basicConfig, ConfigError, parseConfig, port } from './config.ts'

const key = '7d444840-9dc0-41d1-b245-5ffdce74fad2'
const otherKey = '9c858901-8a57-4791-81fe-4c455b099bc9'
const schema = z.object({
  ...basicConfig,
  PORT: port(8081),
  DATABASE_URL: z.url(),
  CORS_ORIGINS: z.string().default(''),
})
const usable = { SERVICE_API_KEY: key, DATABASE_URL: 'postgres://localhost/x' }

function problemsOf(env: Record<string, string | undefined>): string {
  try {
    parseConfig(schema, env)
    return ''
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
  }
}

describe('parseConfig', () => {
  it('names all problems at once, and no values', () => {
    const message = problemsOf({ PORT: 'eighty', SERVICE_API_KEY: 'hunter2', LOG_LEVEL: 'loud' })
    expect(message).toMatch(/4 settings need attention/)
    expect(message).toMatch(/PORT is not usable/)
    expect(message).toMatch(/SERVICE_API_KEY is not usable: must be a UUID v4/)
    expect(message).toMatch(/LOG_LEVEL is not usable/)
    expect(message).toMatch(/DATABASE_URL is not set/)
    expect(message).not.toMatch(/eighty|hunter2|loud/)
  })

  it('an empty variable counts as absent', () => {
    expect(problemsOf({ ...usable, DATABASE_URL: '' })).toMatch(/DATABASE_URL is not set/)
    expect(parseConfig(schema, { ...usable, PORT: '' }).PORT).toBe(8081)
  })

  it('the side and internal ports follow the port unless they are set', () => {
    expect(parseConfig(schema, { ...usable, PORT: '9000' })).toMatchObject({ SIDE_PORT: 10_000, INTERNAL_PORT: 11_000 })
    expect(parseConfig(schema, { ...usable, PORT: '0' })).toMatchObject({ SIDE_PORT: 0, INTERNAL_PORT: 0 })
    expect(parseConfig(schema, { ...usable, SIDE_PORT: '7' })).toMatchObject({ SIDE_PORT: 7, INTERNAL_PORT: 10_081 })
  })

  it('reads two keys of one caller, so that a key can be replaced without downtime (INT-009)', () => {
    const config = parseConfig(schema, {
      ...usable,
      SERVICE_API_KEYS: `gateway=${key},${otherKey}; payment=${otherKey}`,
    })
    expect(config.SERVICE_API_KEYS).toEqual({ gateway: [key, otherKey], payment: [otherKey] })
  })

  it.each(['gateway', 'gateway=', `=${key}`, `gateway=${key}=x`, 'gateway=password', `a b=${key}`])(
    'refuses the key list %s',
    (list) => expect(problemsOf({ ...usable, SERVICE_API_KEYS: list })).toMatch(/SERVICE_API_KEYS is not usable/),
  )
})
