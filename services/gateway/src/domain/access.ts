/** What a request must show before it is forwarded. */
export type Access = {
  needs: 'nobody' | 'user' | 'admin'
  /** The service takes its step only with a queue token (GW-005). */
  queueToken: boolean
  /** Open to everybody, but the service tells administrators more. */
  tellsAdminMore?: boolean
  /** Called by a provider, from a few addresses for everybody, and signed: it has a limit of its own. */
  isWebhook?: boolean
}

type Rule = { methods: readonly string[]; path: RegExp; access: Access }

const nobody: Access = { needs: 'nobody', queueToken: false }
const nobodyOrAdmin: Access = { ...nobody, tellsAdminMore: true }
const user: Access = { needs: 'user', queueToken: false }
const admin: Access = { needs: 'admin', queueToken: false }
const userWithQueueToken: Access = { needs: 'user', queueToken: true }

const reading = ['GET', 'HEAD']
const writing = ['POST', 'PUT', 'PATCH', 'DELETE']
const any = [...reading, ...writing]

/** First match decides; what no rule names needs a user, so a route that somebody adds is closed until it is opened here. */
const rules: readonly Rule[] = [
  { methods: any, path: /^\/[^/]+\/admin(\/|$)/, access: admin },
  {
    methods: ['POST'],
    path: /^\/auth\/(signup|login|refresh|revive|email-codes(\/verify)?|password-reset(\/[^/]+)?)$/,
    access: nobody,
  },
  { methods: reading, path: /^\/auth\/(terms|oauth\/[^/]+(\/callback)?)$/, access: nobody },
  { methods: ['POST'], path: /^\/auth\/oauth\/[^/]+\/callback$/, access: nobody },
  { methods: reading, path: /^\/events(\/|$)/, access: nobodyOrAdmin },
  { methods: reading, path: /^\/venues(\/|$)/, access: nobody },
  { methods: writing, path: /^\/(events|venues)(\/|$)/, access: admin },
  {
    methods: reading,
    path: /^\/queue\/draws\/[^/]+(\/(announcement\.json|draw\.json|roster\.ndjson))?\/?$/,
    access: nobody,
  },
  { methods: ['POST'], path: /^\/payments\/webhook$/, access: { ...nobody, isWebhook: true } },
  { methods: reading, path: /^\/reservations\/seats\/[^/]+(\/stream)?\/?$/, access: userWithQueueToken },
  { methods: reading, path: /^\/reservations\/tickets\/keys\/?$/, access: nobody },
  { methods: any, path: /^\/reservations\/tickets(\/|$)/, access: admin },
  { methods: ['POST'], path: /^\/reservations\/hold\/?$/, access: userWithQueueToken },
  { methods: ['PUT'], path: /^\/reservations\/hold\/[^/]+\/?$/, access: userWithQueueToken },
  { methods: ['POST'], path: /^\/payments(\/confirm)?\/?$/, access: userWithQueueToken },
]

/** Gives what a request of `method` to the canonical `path` (without query) must show (GW-002, GW-003, GW-005, GW-015). */
export function accessOf(method: string, path: string): Access {
  return rules.find((rule) => rule.methods.includes(method) && rule.path.test(path))?.access ?? user
}
