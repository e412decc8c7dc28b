import { startStack } from './start-stack.ts'

// A process that owns a stack, for tests that kill it: it says over IPC what it got, and stops when told to.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())
try {
  const stack = await startStack({
    ...JSON.parse(process.argv[2] ?? '{}'),
    onProgress: (progress) => process.send?.({ progress }),
  })
  process.once('message', () => {
    void stack.stop().then(() => process.exit())
  })
  process.send?.({ stack })
} catch (error) {
  process.send?.({ failure: error instanceof Error ? error.message : String(error) })
}
