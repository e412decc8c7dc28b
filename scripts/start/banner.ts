import type { Stack } from '@ticket-queue/stack'
import { adminEmail, buyerEmail, type Demo } from '../demo/load-demo.ts'
import { drawTable } from '../draw-table/draw-table.ts'
import type { System } from '../system/start-system.ts'

interface BannerFacts {
  readonly system: System
  readonly stack: Stack
  readonly demo: Demo
  readonly directory: string
  readonly bcryptCost: number
  readonly seconds: number
}

/** The first screen: where everything is, who can log in, what is on sale, what to try next. */
export function banner(facts: BannerFacts): string {
  const { system, demo } = facts
  const { secrets, ports } = system.plan
  const addresses = drawTable(
    ['what', 'where'],
    [
      ['API (gateway)', system.gatewayUrl],
      ['API reader', `${system.gatewayUrl}/docs`],
      ['outside world (sandbox)', system.sandboxUrl],
      ['health, metrics', `http://127.0.0.1:${ports.gateway + 1000}/readyz, /metrics (each service: port + 1000)`],
      ['PostgreSQL', `${facts.stack.databaseUrl}  (${facts.stack.provider.postgres})`],
      ['Redis', `${facts.stack.redisUrl}  (${facts.stack.provider.redis})`],
      ['Kafka', `${facts.stack.kafkaBrokers.join(',')}  (${facts.stack.provider.kafka})`],
      ['logs', `${facts.directory}/logs/<service>.log`],
    ],
  )
  const people = drawTable(
    ['demo log-in', 'password', 'role'],
    [
      [buyerEmail, secrets.buyerPassword, 'buyer'],
      [adminEmail, secrets.adminPassword, 'admin'],
    ],
  )
  const events = drawTable(
    ['demo event', 'state', 'schedule ID'],
    demo.events.map((event) => [event.title, stateOf(event), event.scheduleId]),
  )
  return `
${addresses}

${people}

${events}

  Ready in ${facts.seconds.toFixed(1)} s. bcrypt cost is ${facts.bcryptCost} here (12 in production).
  Next: buy a ticket by hand as README.md shows, or send a crowd:  npm run crowd -- --buyers 200
  Ctrl-C stops everything and keeps the data; npm run stack reset wipes it.

`
}

function stateOf(event: Demo['events'][number]): string {
  if (event.key === 'onSale') return 'on sale now'
  if (event.key === 'ended') return 'over'
  const time = new Date(event.saleStartAt)
  return time.getTime() < Date.now() ? 'on sale now' : `sale opens ${time.toTimeString().slice(0, 8)}`
}
