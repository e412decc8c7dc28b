import { runKeeper } from './keeper.ts'

const keeper = runKeeper(JSON.parse(process.argv[2] ?? '{}'), (report) => {
  // The owner may go away at any moment; a report that no longer reaches it is of no use.
  if (process.connected) process.send?.(report, undefined, undefined, () => {})
})

process.on('message', keeper.receive)
process.once('disconnect', keeper.close)
process.once('SIGTERM', keeper.close)
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack}\n`)
  keeper.close()
})
