import { expect, test } from 'vitest'
import { testMessaging } from './test-messaging.ts'

const [one, other] = await Promise.all([testMessaging(), testMessaging()])

test('each call has topics of its own on a broker that answers', async () => {
  await one.messaging.check()
  expect(one.topicPrefix).not.toBe(other.topicPrefix)
})
