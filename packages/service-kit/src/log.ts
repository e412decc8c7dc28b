import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino'
import type { LogLevel } from './config.ts'

export type Log = Logger

const secretNames = [
  'authorization',
  'cookie',
  'password',
  'newPassword',
  'currentPassword',
  'token',
  'accessToken',
  'refreshToken',
  'paymentToken',
  'recaptchaToken',
  'queueToken',
  'apiKey',
  'secret',
  'email',
  'phone',
  'ci',
  'di',
]
const secretHeaders = ['set-cookie', 'x-service-api-key', 'x-queue-token']

/**
 * Gives the JSON log of a service, one line an entry on standard output.
 * Tokens, passwords and personal data are replaced at the top level and one level down, headers by name.
 */
export function createLog(service: string, level: LogLevel, destination?: DestinationStream): Log {
  const paths = [
    ...secretNames.flatMap((name) => [name, `*.${name}`, `*.headers.${name}`]),
    ...secretHeaders.flatMap((name) => [`["${name}"]`, `headers["${name}"]`, `*.headers["${name}"]`]),
  ]
  const options = {
    level,
    base: { service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths, censor: '[hidden]' },
    serializers: { err: stdSerializers.err, error: stdSerializers.err },
  }
  return pino(options, destination ?? standardOutput())
}

let opened: ReturnType<typeof pino.destination> | null = null

/**
 * Lines go out together, after a quarter of a second at the latest and when the process ends by itself: a write for each one
 * is what a busy service would do most. A process that is killed takes the last ones with it.
 */
function standardOutput(): ReturnType<typeof pino.destination> {
  opened ??= pino.destination({ dest: 1, sync: false, minLength: 8_192, periodicFlush: 250 })
  return opened
}
