import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Script {
  readonly name: string
  readonly source: string
  readonly sha: string
}

/**
 * Reads a script once and compares the KEYS and ARGV lists of its header with the names its wrapper passes.
 * A name ending in `...` stands for all that is left. Throws where they differ, so that a mismatch fails at start, not in a sale.
 */
export const readScript = (file: URL, keyNames: readonly string[], argumentNames: readonly string[]): Script => {
  const name = basename(fileURLToPath(file))
  const source = withParts(readFileSync(file, 'utf8'), file)
  const header = readHeader(source)
  assertSame(name, 'KEYS', header.keys, keyNames)
  assertSame(name, 'ARGV', header.arguments, argumentNames)
  for (const section of ['Purpose:', 'Returns']) {
    if (!header.text.includes(section)) throw new Error(`${name}: the header lacks "${section}"`)
  }
  return { name, source, sha: createHash('sha1').update(source).digest('hex') }
}

/** Puts the file that a line `-- @include ./part.lua` names in the place of that line. A part includes no further ones. */
const withParts = (source: string, file: URL): string =>
  source.replace(/^-- @include (\S+)$/gm, (_line, path: string) => readFileSync(new URL(path, file), 'utf8').trimEnd())

const readHeader = (source: string) => {
  const lines = source.split('\n')
  const end = lines.findIndex((line) => !line.startsWith('--'))
  const header = end === -1 ? lines : lines.slice(0, end)
  const names: Record<string, string[]> = { KEYS: [], ARGV: [] }
  let section = ''
  for (const line of header) {
    const title = /^-- (KEYS|ARGV|Returns|Purpose)\b/.exec(line)?.[1]
    if (title !== undefined) section = title
    const entry = /^--\s+\[(\d+)(\.\.)?\] (\w+)/.exec(line)
    if (entry === null) continue
    const list = names[section]
    if (list === undefined) throw new Error(`"${line}" stands outside of KEYS and ARGV`)
    if (Number(entry[1]) !== list.length + 1) throw new Error(`"${line}" is entry ${list.length + 1} of ${section}`)
    list.push(`${entry[3]}${entry[2] === undefined ? '' : '...'}`)
  }
  return { keys: names['KEYS'] ?? [], arguments: names['ARGV'] ?? [], text: header.join('\n') }
}

const assertSame = (script: string, list: string, written: readonly string[], passed: readonly string[]): void => {
  if (written.join() !== passed.join()) {
    throw new Error(
      `${script}: the header says ${list} = [${written.join(', ')}], the wrapper passes [${passed.join(', ')}]`,
    )
  }
}
