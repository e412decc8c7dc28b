import { dirname, join } from 'node:path'
import { runStackCommand } from '@ticket-queue/stack'

// `pnpm stack status | start | reset`: the three stores alone, without the services.
const directory = process.env['STACK_DIRECTORY'] ?? join(dirname(import.meta.dirname), '.stack', 'dev')
process.exitCode = await runStackCommand(process.argv.slice(2), directory)
