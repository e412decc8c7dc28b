import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

const iterations = 4096

/**
 * The SCRAM-SHA-256 verifier PostgreSQL stores for `password` (RFC 5803): sent in its place, the password itself reaches
 * neither the server's log nor pg_stat_statements. Printable ASCII only, for which SASLprep changes nothing.
 */
export const scramVerifier = (password: string): string => {
  if (!/^[\x20-\x7e]+$/.test(password)) throw new Error('A role password must be printable ASCII and not empty')
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  const storedKey = createHash('sha256').update(clientKey).digest('base64')
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}
