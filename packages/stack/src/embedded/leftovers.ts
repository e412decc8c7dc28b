import { isRunning, type ProcessIdentity } from '../process-identity.ts'
import { delay } from './delay.ts'

const patienceMs = 3000

/**
 * Ends servers that outlived a keeper which was itself killed: PostgreSQL by SIGQUIT, because it then takes its child
 * processes along, the others by SIGKILL, and after 3 s whoever still runs. All recover from that as from a power cut.
 */
export async function endLeftovers(servers: Partial<Record<string, ProcessIdentity>>): Promise<void> {
  const { postgres, ...others } = servers
  let left = [postgres, ...Object.values(others)].filter((server) => server !== undefined).filter(isRunning)
  for (const server of left) process.kill(server.pid, server === postgres ? 'SIGQUIT' : 'SIGKILL')
  const deadline = performance.now() + patienceMs
  while (left.length > 0 && performance.now() < deadline) {
    await delay(20)
    left = left.filter(isRunning)
  }
  for (const { pid } of left) process.kill(pid, 'SIGKILL')
}
