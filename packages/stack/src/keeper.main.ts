import { runKeeper } from './keeper.ts'
import type { KeeperReport } from './keeper-protocol.ts'

const keeper = runKeeper(JSON.parse(process.argv[2] ?? '{}'), (report: KeeperReport) => {
  if (process.connected) process.send?.(report)
})

process.on('message', keeper.receive)
process.once('disconnect', keeper.close)
process.once('SIGTERM', keeper.close)
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})
