import { buildHttp, listen, runService } from '../../index.ts'
import { readConfig } from './config.ts'

/** A service in a process of its own, for run-service.test.ts: MODE says how it misbehaves. */
await runService('test-service', readConfig, async ({ config, log, metrics, own, ready }) => {
  own({ close: () => log.info('store closed') })
  if (config.MODE === 'cannot start') throw new Error('the port is taken')
  if (config.MODE === 'never closes') own({ close: () => new Promise(() => {}) })
  const app = buildHttp({ service: 'test-service', log, metrics })
  const gate = Promise.withResolvers<void>()
  app.get('/slow', async () => {
    log.info('slow request arrived')
    await gate.promise
    return { finished: true }
  })
  app.get('/endless', async (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n')
  })
  app.addHook('preClose', async () => gate.resolve())
  app.post('/throw', async () => void queueMicrotask(() => crash()))
  app.post('/reject', async () => void Promise.reject(new Error('nobody listens')))
  own({ close: () => log.info('consumer closed') })
  ready.add('always', async () => {})
  const server = own(await listen(app, { host: config.HOST, port: config.PORT }))
  log.info({ address: server.address }, 'public server listening')
})

function crash(): never {
  throw new Error('nobody catches')
}
