import scalar from '@scalar/fastify-api-reference'
import type { App } from '@ticket-queue/service-kit'

// The reader's page has an inline script and style; everything it loads comes from here, nothing from elsewhere.
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Serves a reader of /openapi.json at /docs, and says at / where it is. */
export function readDocs(app: App): void {
  app.get('/', async () => ({
    name: 'ticket-queue',
    what: 'Fair ticket sales: a waiting room, seats sold once, money never lost.',
    docs: '/docs',
    openapi: '/openapi.json',
  }))
  app.register(async (page) => {
    page.addHook('onSend', async (_request, reply) => {
      reply.header('content-security-policy', pagePolicy)
    })
    await page.register(scalar, {
      routePrefix: '/docs',
      configuration: {
        url: '/openapi.json',
        pageTitle: 'Ticket queue API',
        withDefaultFonts: false,
        telemetry: false,
        hideClientButton: true,
      },
    })
  })
}
