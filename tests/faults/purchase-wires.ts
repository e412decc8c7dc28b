import type { ProcessName } from '@ticket-queue/scripts/topology'
import { waitUntil } from '@ticket-queue/testing/wait-until'
import type { OpenSystem } from '../system/open-system.ts'
import type { KillPoint } from './payment-failpoints.ts'
import { servicesOf, type Through } from './people.ts'
import { openWire, type Wire } from './wire.ts'

/** The wires around payment and reservation service on which they die while somebody buys. */
export interface PurchaseWires {
  /** The environment of a process by way of the wires. */
  environmentFor(name: ProcessName, environment: Record<string, string>): Record<string, string>
  close(): Promise<void>
  readonly wires: Readonly<Record<KillPoint['wire'], Wire>>
}

const restartMaxMs = 60_000

/** Opens them; a system that is started with their `environmentFor` has no other way. */
export async function openPurchaseWires(): Promise<PurchaseWires> {
  const wires = {
    paymentDatabase: await openWire('postgres'),
    reservationDatabase: await openWire('postgres'),
    portone: await openWire('http'),
    begin: await openWire('http'),
    queue: await openWire('http'),
    payment: await openWire('http'),
    reservation: await openWire('http'),
  }
  const ways: Partial<Record<ProcessName, Readonly<Record<string, Wire>>>> = {
    payment: {
      DATABASE_URL: wires.paymentDatabase,
      PORTONE_BASE_URL: wires.portone,
      RESERVATION_INTERNAL_URL: wires.begin,
      QUEUE_INTERNAL_URL: wires.queue,
    },
    reservation: { DATABASE_URL: wires.reservationDatabase },
    gateway: { PAYMENT_URL: wires.payment, RESERVATION_URL: wires.reservation },
  }
  return {
    wires,
    environmentFor(name, environment) {
      const changed = Object.entries(ways[name] ?? {}).map(([setting, wire]) => [
        setting,
        wire.through(environment[setting] ?? ''),
      ])
      return { ...environment, ...Object.fromEntries(changed) }
    },
    async close() {
      for (const wire of Object.values(wires)) await wire.close()
    },
  }
}

/** A system behind wires whose processes die where they are told to. */
export interface DyingSystem {
  readonly own: OpenSystem
  /** Where a buyer's calls go: the services by way of their wires, past the gateway's breaker. */
  readonly through: Exclude<Through, 'gateway'>
  /** SIGKILLs the process of a failpoint when it comes to it; resolves when that has happened. */
  dieAt(point: KillPoint): Promise<void>
  /** Lets everything live. */
  disarm(): void
  /** When the process, started again by its supervisor, takes calls. */
  takesCalls(name: ProcessName): Promise<void>
}

/** What a test does with a system that was started behind `wires`. */
export function dyingSystem(own: OpenSystem, { wires }: PurchaseWires): DyingSystem {
  const { reservation, payment } = servicesOf(own)
  return {
    own,
    through: { reservation: wires.reservation.through(reservation), payment: wires.payment.through(payment) },
    dieAt: (point) => wires[point.wire].strikeAt(point, () => own.system.processes.get(point.process)?.kill('SIGKILL')),
    disarm() {
      for (const wire of Object.values(wires)) wire.disarm()
    },
    takesCalls: (name) =>
      waitUntil(() => fetch(`http://127.0.0.1:${own.system.plan.ports[name]}/`).then(() => {}), {
        timeoutMs: restartMaxMs,
        intervalMs: 100,
      }),
  }
}
