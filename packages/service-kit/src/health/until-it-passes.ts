/**
 * A check of `/readyz` that counts only until it has passed once. For what a service can go on without for a while (Kafka,
 * often Redis): its absence, or a rebalance, must not take every replica out of service at once.
 */
export function untilItPasses(check: () => Promise<unknown>): () => Promise<void> {
  let hasPassed = false
  return async () => {
    if (hasPassed) return
    await check()
    hasPassed = true
  }
}
