import Fastify from 'fastify'
import { answerParent } from '../program.ts'

// F: what this machine and Node give when a request needs nothing.
const app = Fastify()
app.get('/fixed', async () => ({ status: 'WAITING', rank: 1, pollAfterMs: 5_000 }))
process.once('disconnect', () => process.exit())
answerParent({ url: await app.listen({ host: '127.0.0.1', port: 0 }) })
