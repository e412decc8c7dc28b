import { ConfigError } from '@ticket-queue/service-kit'
import { expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { newTicketKey } from './test-reservation-service.ts'

const complete = {
  SERVICE_API_KEY: '5f0c1c1e-6f0a-4c59-8d3c-0d9f6a1b2c3d',
  DATABASE_URL: 'postgres://reservation_svc_user@127.0.0.1/ticketing',
  REDIS_URL: 'redis://127.0.0.1:6379',
  KAFKA_BROKERS: 'localhost:9092',
  EVENT_INTERNAL_URL: 'http://127.0.0.1:10082',
  QUEUE_INTERNAL_URL: 'http://127.0.0.1:10083',
  TICKET_SIGNING_KEYS: JSON.stringify({ keys: [newTicketKey('KEY-1')] }),
}

test('ticket keys are a JWK set, and there is no service without', () => {
  expect(readConfig(complete).TICKET_SIGNING_KEYS.keys[0].kid).toBe('KEY-1')
  const { TICKET_SIGNING_KEYS: _, ...without } = complete
  expect(() => readConfig(without)).toThrow(ConfigError)
})

test('what is wrong with the keys is named, what they hold is not', () => {
  const broken = ['canary', JSON.stringify({ keys: [{ ...newTicketKey('KEY-1'), d: 'canary' }] })]
  for (const keys of broken) {
    const read = () => readConfig({ ...complete, TICKET_SIGNING_KEYS: keys })
    expect(read).toThrow(/TICKET_SIGNING_KEYS/)
    expect(read).not.toThrow(/canary/)
  }
})
