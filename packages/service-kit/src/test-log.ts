import { Writable } from 'node:stream'
import { createLog, type Log } from './log.ts'

/** A log for tests that remembers what was written. */
export function rememberingLog(service: string): { log: Log; text: () => string; clear: () => void } {
  let written = ''
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      written += String(chunk)
      done()
    },
  })
  return {
    log: createLog(service, 'info', sink),
    text: () => written,
    clear: () => {
      written = ''
    },
  }
}
