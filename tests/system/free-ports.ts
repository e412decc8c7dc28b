import { randomInt } from 'node:crypto'
import { portsInUse } from '@ticket-queue/scripts/ports'
import { defaultPorts, type Ports } from '@ticket-queue/scripts/topology'

const attemptsMax = 50

/** Ports of a whole system that nobody uses: the usual ones moved by the same distance, side and internal ports included. */
export async function freePorts(): Promise<Ports> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    // Above the usual ones and below the range that the kernel gives to outgoing connections.
    const distance = randomInt(3_000, 21_000)
    const moved = Object.entries(defaultPorts).map(([name, port]) => [name, port + distance])
    const ports = Object.fromEntries(moved) as unknown as Ports
    if ((await portsInUse(ports)).length === 0) return ports
  }
  throw new Error(`no free ports for a system after ${attemptsMax} attempts`)
}
