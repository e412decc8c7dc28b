import { createServer } from 'node:net'
import type { Ports } from './topology.ts'

/** A process answers on its port, is measured on + 1000 and called by other services on + 2000. */
const offsets = [0, 1000, 2000]

/** Those of a system's ports that somebody on this machine listens on already. */
export async function portsInUse(ports: Ports): Promise<number[]> {
  const wanted = Object.values(ports).flatMap((port) => offsets.map((offset) => port + offset))
  const free = await Promise.all(wanted.map(isFree))
  return wanted.filter((_, index) => !free[index])
}

/** Throws, naming them, if any of a system's ports is taken. */
export async function mustBeFree(ports: Ports): Promise<void> {
  const taken = await portsInUse(ports)
  if (taken.length === 0) return
  throw new Error(`Something listens on port ${taken.join(', ')} already: is another system running? End it first.`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
