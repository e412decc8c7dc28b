import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { brotliCompress, constants, createGunzip, gzip } from 'node:zlib'

/** A JSON text ready to be sent, its entity tag (without quotes), and what there is of it in other codings. */
export type AnswerBody = { plain: Buffer; br: Buffer | null; gzip: Buffer | null; etag: string }

/** A body of which only what is small is kept: the plain text is unpacked again for a client that takes no coding. */
export type SentBody = AnswerBody | (Omit<AnswerBody, 'plain' | 'gzip'> & { plain: null; gzip: Buffer })

/** As the gateway does it (GW-013). */
const packFromBytes = 1024
const brotliQuality = 5
const gzipLevel = 6

/** The JSON text of a value, for one answer: whether to compress it is left to the gateway. */
export const tagged = (value: unknown): AnswerBody => withTag(JSON.stringify(value))

/** A JSON text with the tag made from it. */
export function withTag(body: string): AnswerBody {
  const plain = Buffer.from(body)
  return { plain, br: null, gzip: null, etag: createHash('sha1').update(plain).digest('base64url') }
}

/** Leaves out the plain text of a compressed body: it is several times as long. */
export const withoutPlain = (body: AnswerBody): SentBody =>
  body.gzip === null ? body : { ...body, plain: null, gzip: body.gzip }

/** Gives the plain text of a gzip body as a stream, and its length, which such a body ends with (RFC 1952 §2.3.1). */
export const unpacked = (zipped: Buffer): { stream: Readable; bytes: number } => ({
  stream: Readable.from([zipped]).pipe(createGunzip()),
  bytes: zipped.readUInt32LE(zipped.length - 4),
})

/** Compresses a body once, for all who will ask for it; a small one stays as it is. Runs beside the event loop. */
export async function packed(body: AnswerBody): Promise<AnswerBody> {
  if (body.plain.length < packFromBytes) return body
  const params = {
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
    [constants.BROTLI_PARAM_SIZE_HINT]: body.plain.length,
  }
  const [br, zipped] = await Promise.all([
    promisify(brotliCompress)(body.plain, { params }),
    promisify(gzip)(body.plain, { level: gzipLevel }),
  ])
  return { ...body, br, gzip: zipped }
}
