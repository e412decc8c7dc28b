import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { defaultPorts, type Ports } from '@ticket-queue/scripts/topology'

const attemptsMax = 50
const offsets = [0, 1000, 2000]

/** Ports of a whole system that nobody uses: the usual ones moved by the same distance, side and internal ports included. */
export async function freePorts(): Promise<Ports> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const distance = randomInt(5_000, 45_000)
    const ports = Object.fromEntries(
      Object.entries(defaultPorts).map(([name, port]) => [name, port + distance]),
    ) as unknown as Ports
    const wanted = Object.values(ports).flatMap((port) => offsets.map((offset) => port + offset))
    const free = await Promise.all(wanted.map(isFree))
    if (free.every(Boolean)) return ports
  }
  throw new Error(`no free ports for a system after ${attemptsMax} attempts`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
