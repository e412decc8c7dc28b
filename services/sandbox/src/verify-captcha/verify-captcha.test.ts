import { expect, test } from 'vitest'
import { recaptchaSecret, startSandbox, type TestSandbox } from '../test-sandbox.ts'

const verify = async (sandbox: TestSandbox, form: Record<string, string>) => {
  const answer = await sandbox.call('POST', '/recaptcha/api/siteverify', new URLSearchParams(form))
  expect(answer.status).toBe(200)
  return answer.body
}
const ask = (sandbox: TestSandbox, response: string) => verify(sandbox, { secret: recaptchaSecret, response })

test('a token passes once; the second time it is timeout-or-duplicate', async () => {
  const sandbox = await startSandbox({ RECAPTCHA_HOSTNAME: 'tickets.test' })
  expect(await ask(sandbox, 'pass-1')).toMatchObject({
    success: true,
    challenge_ts: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    hostname: 'tickets.test',
  })
  expect(await ask(sandbox, 'pass-1')).toEqual({ success: false, 'error-codes': ['timeout-or-duplicate'] })
  expect(await ask(sandbox, 'pass-2')).toMatchObject({ success: true })
})

test('of twenty uses at once one passes', async () => {
  const sandbox = await startSandbox()
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(sandbox, 'pass')))
  expect(answers.filter((answer) => answer['success'])).toHaveLength(1)
})

test('a score token gives its score and action, once', async () => {
  const sandbox = await startSandbox()
  expect(await ask(sandbox, 'score:0.3:login:1')).toMatchObject({ success: true, score: 0.3, action: 'login' })
  expect(await ask(sandbox, 'score:0.3:login:1')).toMatchObject({ success: false })
  expect(await ask(sandbox, 'score:1.0')).toMatchObject({ success: true, score: 1 })
})

test.each(['fail', 'fail-7', 'anything', 'score:7', 'score:'])('the token %s fails', async (token) => {
  const sandbox = await startSandbox()
  expect(await ask(sandbox, token)).toEqual({ success: false, 'error-codes': ['invalid-input-response'] })
})

test('what is missing or wrong in the form is named, with HTTP 200', async () => {
  const sandbox = await startSandbox()
  expect(await verify(sandbox, {})).toEqual({
    success: false,
    'error-codes': ['missing-input-secret', 'missing-input-response'],
  })
  expect(await verify(sandbox, { secret: 'wrong', response: 'pass' })).toEqual({
    success: false,
    'error-codes': ['invalid-input-secret'],
  })
  expect(await ask(sandbox, 'pass')).toMatchObject({ success: true })
})

test('what cannot be read is bad-request', async () => {
  const sandbox = await startSandbox()
  expect(await ask(sandbox, `pass${'x'.repeat(9000)}`)).toEqual({ success: false, 'error-codes': ['bad-request'] })
})
