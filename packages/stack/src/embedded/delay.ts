/** Resolves after `ms` milliseconds; the pause between two looks at a server that is starting or stopping. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
