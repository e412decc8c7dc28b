import { expect, test } from 'vitest'
import { testUserService } from '../test-user-service.ts'

const { app, db } = await testUserService()

const read = async (acceptLanguage?: string) => {
  const headers = acceptLanguage === undefined ? {} : { 'accept-language': acceptLanguage }
  const response = await app.inject({ url: '/auth/terms', headers })
  expect(response.statusCode).toBe(200)
  const terms = response.json<{ termsId: string; version: number; title: string; required: boolean; body: string }[]>()
  return { terms, headers: response.headers }
}

test('service and privacy are required, marketing is not, and each has a title and a text', async () => {
  const { terms } = await read()
  expect(
    terms
      .filter(({ required }) => required)
      .map(({ termsId }) => termsId)
      .sort(),
  ).toEqual(['privacy', 'service'])
  expect(terms.find(({ termsId }) => termsId === 'marketing')?.required).toBe(false)
  for (const { title, body, version } of terms) {
    expect(title.length).toBeGreaterThan(3)
    expect(body.length).toBeGreaterThan(20)
    expect(version).toBeGreaterThan(0)
  }
})

test('the language is the one asked for, Korean without a wish, and caches are told so', async () => {
  const korean = await read()
  const english = await read('en-GB, en;q=0.9')
  expect(korean.headers['content-language']).toBe('ko')
  expect(english.headers['content-language']).toBe('en')
  expect(english.headers['vary']).toBe('accept-language')
  expect(english.terms.map(({ termsId }) => termsId)).toEqual(korean.terms.map(({ termsId }) => termsId))
  expect(english.terms[0]?.title).not.toBe(korean.terms[0]?.title)
})

test('a new version takes the place of the one before, in both languages at once', async () => {
  const next = {
    id: 'marketing',
    version: 2,
    title: 'Second',
    body: 'The second version of these terms.',
    required: false,
  }
  await db
    .insertInto('terms')
    .values([
      { ...next, language: 'ko' },
      { ...next, language: 'en' },
    ])
    .execute()
  for (const language of ['ko', 'en']) {
    const { terms } = await read(language)
    expect(terms.filter(({ termsId }) => termsId === 'marketing')).toMatchObject([{ version: 2, title: 'Second' }])
  }
})
