/** What a person sees of a mail: the subject and the bodies, decoded. */
export interface ReadableMail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

interface MimePart {
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

const nestingMax = 10

/** Reads a mail as it came over SMTP (RFC 5322 and MIME). Of several text or HTML parts the first of each counts. */
export function readMail(raw: Buffer): ReadableMail {
  const mail = splitPart(raw)
  const found = { text: '', html: '' }
  for (const part of leavesOf(mail, 0)) {
    const kind = contentType(part).type === 'text/html' ? 'html' : 'text'
    if (contentType(part).type.startsWith('text/') && found[kind] === '') found[kind] = decodeBody(part)
  }
  return { subject: decodeWords(mail.headers.get('subject') ?? ''), ...found }
}

/** RFC 2047: `=?utf-8?B?…?=` and `=?utf-8?Q?…?=` within a header. */
function decodeWords(header: string): string {
  return header
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?([^?]+)\?([BbQq])\?([^?]*)\?=/g, (_word, charset: string, encoding: string, text: string) => {
      const bytes = encoding.toUpperCase() === 'B' ? Buffer.from(text, 'base64') : unquote(text.replaceAll('_', ' '))
      return decodeText(bytes, charset)
    })
}

function splitPart(raw: Buffer): MimePart {
  const end = /\r?\n\r?\n/.exec(raw.toString('latin1'))
  const head = raw.toString('utf8', 0, end ? end.index : raw.length)
  const headers = new Map<string, string>()
  for (const line of head.replaceAll(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  return { headers, body: end ? raw.subarray(end.index + end[0].length) : Buffer.alloc(0) }
}

function leavesOf(part: MimePart, depth: number): MimePart[] {
  const { type, boundary } = contentType(part)
  if (!type.startsWith('multipart/') || boundary === undefined || depth === nestingMax) return [part]
  const pieces = part.body.toString('latin1').split(`--${boundary}`).slice(1)
  return pieces
    .filter((piece) => !piece.startsWith('--'))
    .map((piece) => piece.replace(/^\r?\n/, '').replace(/\r?\n$/, ''))
    .flatMap((piece) => leavesOf(splitPart(Buffer.from(piece, 'latin1')), depth + 1))
}

function contentType(part: MimePart): { type: string; boundary: string | undefined; charset: string } {
  const header = part.headers.get('content-type') ?? 'text/plain'
  const parameter = (name: string) => new RegExp(`;\\s*${name}="?([^";]+)"?`, 'i').exec(header)?.[1]
  return {
    type: (header.split(';', 1)[0] ?? '').trim().toLowerCase(),
    boundary: parameter('boundary'),
    charset: parameter('charset') ?? 'utf-8',
  }
}

function decodeBody(part: MimePart): string {
  const encoding = part.headers.get('content-transfer-encoding')?.toLowerCase() ?? '7bit'
  const { charset } = contentType(part)
  if (encoding === 'base64') return decodeText(Buffer.from(part.body.toString('latin1'), 'base64'), charset)
  if (encoding === 'quoted-printable') {
    return decodeText(unquote(part.body.toString('latin1').replaceAll(/=\r?\n/g, '')), charset)
  }
  return decodeText(part.body, charset)
}

function unquote(text: string): Buffer {
  const latin1 = text.replaceAll(/=([0-9A-Fa-f]{2})/g, (_code, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(latin1, 'latin1')
}

function decodeText(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return bytes.toString('utf8')
  }
}
