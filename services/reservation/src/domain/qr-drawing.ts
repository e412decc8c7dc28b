import { crc32, deflateSync } from 'node:zlib'
import { encodeQR } from 'qr'

/** ISO/IEC 18004: four light modules around the code, or scanners do not find it. */
const quietModules = 4
const pixelsPerModule = 8

/** Rows of modules with the quiet zone; true is dark. */
export type QrModules = readonly (readonly boolean[])[]

/** The QR code of a ticket code: alphanumeric mode, level M, so that a scratched screen is still read. */
export const qrModulesOf = (code: string): QrModules =>
  encodeQR(code, 'raw', { ecc: 'medium', encoding: 'alphanumeric', border: quietModules })

/** A drawing that scales: one path of dark runs on a light ground, named `title` for who does not see it. */
export function svgOf(modules: QrModules, title: string): string {
  const size = modules.length
  const pixels = size * pixelsPerModule
  const runs = modules.flatMap((row, y) => darkRuns(row).map(({ x, length }) => `M${x} ${y}h${length}v1h-${length}z`))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${pixels}" height="${pixels}" viewBox="0 0 ${size} ${size}" role="img" shape-rendering="crispEdges">`,
    `<title>${escapeXml(title)}</title><path fill="#fff" d="M0 0h${size}v${size}h-${size}z"/><path fill="#000" d="${runs.join('')}"/></svg>`,
  ].join('')
}

/** A PNG of one bit per pixel (RFC 2083), eight pixels a module. */
export function pngOf(modules: QrModules): Buffer {
  const size = modules.length * pixelsPerModule
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header[8] = 1
  const scanlines = modules.flatMap((row) => Array.from({ length: pixelsPerModule }, () => scanline(row)))
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(scanlines), { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function darkRuns(row: readonly boolean[]): { x: number; length: number }[] {
  const runs: { x: number; length: number }[] = []
  row.forEach((dark, x) => {
    const last = runs.at(-1)
    if (dark && last && last.x + last.length === x) last.length += 1
    else if (dark) runs.push({ x, length: 1 })
  })
  return runs
}

/** Filter type 0, then a byte per module: eight pixels, of which a set bit is light. */
const scanline = (row: readonly boolean[]): Buffer => Buffer.from([0, ...row.map((dark) => (dark ? 0x00 : 0xff))])

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  checksum.writeUInt32BE(crc32(typed))
  return Buffer.concat([length, typed, checksum])
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
