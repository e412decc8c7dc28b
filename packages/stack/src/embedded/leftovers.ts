import { isRunning, type ProcessIdentity } from '../process-identity.ts'
import { delay } from './delay.ts'

/**
 * Ends servers that outlived a keeper which was itself killed. SIGQUIT first, because PostgreSQL then takes its child
 * processes along; whoever still runs after 3 s is killed.
 */
export async function endLeftovers(servers: ProcessIdentity[]): Promise<void> {
  let left = servers.filter(isRunning)
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    for (const { pid } of left) process.kill(pid, signal)
    const deadline = performance.now() + 3000
    while (left.length > 0 && performance.now() < deadline) {
      await delay(50)
      left = left.filter(isRunning)
    }
  }
}
