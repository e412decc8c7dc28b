import { expect, test } from 'vitest'
import { z } from 'zod'
import { postgresConfig } from './config.ts'
import { roleUrl } from './roles.ts'

test("a role's URL keeps everything of the owner's but name and password", () => {
  expect(roleUrl('postgres://owner:secret@db:5433/ticketing?sslmode=require', 'event_svc_user', 'p@ss/w:rd')).toBe(
    'postgres://event_svc_user:p%40ss%2Fw%3Ard@db:5433/ticketing?sslmode=require',
  )
})

test('configuration takes PostgreSQL addresses only', () => {
  const config = z.object(postgresConfig)
  expect(config.parse({ DATABASE_URL: 'postgresql://a@b/c' })).toEqual({
    DATABASE_URL: 'postgresql://a@b/c',
    DATABASE_POOL_MAX: 10,
  })
  expect(config.safeParse({ DATABASE_URL: 'https://b/c' }).success).toBe(false)
})
