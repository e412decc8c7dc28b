import { expect, it } from 'vitest'
import { rememberingLog } from './test-log.ts'

it('tokens, passwords and personal data never reach the log', () => {
  const { log, text } = rememberingLog('log-test')
  const secret = 'do-not-show'
  log.info({ authorization: secret, headers: { authorization: secret, 'x-queue-token': secret } }, 'a')
  log.info({ req: { headers: { authorization: secret, cookie: secret, 'x-service-api-key': secret } } }, 'b')
  log.info({ password: secret, body: { password: secret, refreshToken: secret, email: secret, phone: secret } }, 'c')
  log.info({ user: { email: secret, ci: secret, di: secret }, token: secret, paymentToken: secret }, 'd')
  expect(text().split('\n').filter(Boolean)).toHaveLength(4)
  expect(text()).toContain('[hidden]')
  expect(text()).not.toContain(secret)
})
