import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runVerify } from './verify-draw.ts'

const vectors = new URL('../../packages/draw/vectors/draw-v1.json', import.meta.url)
const known = JSON.parse(readFileSync(vectors, 'utf8')).draws.at(-1) as {
  draw: string
  roster: string
  userIds: string[]
  receipts: object[]
}
const published = JSON.parse(known.draw) as { commitment: string; beacon: { value: string } }

interface Run {
  readonly code: number
  readonly printed: string
}

/** The command in a folder with the known draw, its receipts and whatever the test changes. */
async function run(args: readonly string[], changes: Record<string, string> = {}): Promise<Run> {
  const directory = await mkdtemp(join(tmpdir(), 'verify-draw-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const files = {
    'draw.json': known.draw,
    'roster.ndjson': known.roster,
    'mine.json': JSON.stringify(known.receipts[2]),
  }
  for (const [name, text] of Object.entries({ ...files, ...changes })) await writeFile(join(directory, name), text)
  let printed = ''
  const print = (text: string) => {
    printed += `${text}\n`
  }
  return { code: await runVerify(args, { directory, print }), printed }
}

const both = ['draw.json', 'roster.ndjson']

test('the published files are accepted, and what they cannot tell is said', async () => {
  const { code, printed } = await run(both)
  expect(code).toBe(0)
  expect(printed).toContain('ACCEPTED: all 5 positions')
  expect(printed).toContain('--commitment')
  expect(printed).toContain('--beacon')
})

test('with what the person noted, nothing is left open', async () => {
  const noted = ['--commitment', published.commitment, '--beacon', published.beacon.value]
  const { code, printed } = await run([...both, ...noted])
  expect(code).toBe(0)
  expect(printed).not.toContain('cannot tell')
})

test.for<[string, string[], Record<string, string>, string]>([
  [
    'a roster changed in one digit',
    both,
    { 'roster.ndjson': known.roster.replace('"entrantId":"c', '"entrantId":"d') },
    'roster digest',
  ],
  ['a draw file changed in one digit', both, { 'draw.json': known.draw.replace('"count":5', '"count":4') }, 'checksum'],
  ['another commitment than the noted one', [...both, '--commitment', 'ab'], {}, 'commitment you noted'],
  ['another beacon value than the beacon’s own', [...both, '--beacon', 'ab'], {}, 'beacon value you got'],
  [
    'a receipt of somebody else',
    [...both, '--receipt', 'mine.json', '--user', known.userIds[1] ?? ''],
    {},
    'its owner',
  ],
  ['a receipt that is none', [...both, '--receipt', 'mine.json'], { 'mine.json': 'x' }, 'receipt'],
])('%s is refused with code 1 and named', async ([, args, changes, named]) => {
  const { code, printed } = await run(args, changes)
  expect(code).toBe(1)
  expect(printed).toMatch(new RegExp(`REFUSED: .*${named}`))
})

test('a person finds her place with her user ID and her receipt', async () => {
  const { code, printed } = await run([...both, '--receipt', 'mine.json', '--user', known.userIds[2] ?? ''])
  expect(code).toBe(0)
  expect(printed).toMatch(/User .*: index 2, position \d/)
})

test('who is not in the roster is told so, with code 1', async () => {
  const { code, printed } = await run([...both, '--user', '01990a2b-0000-7000-8000-00000000dead'])
  expect(code).toBe(1)
  expect(printed).toContain('is not in this roster')
})

test('missing files and wrong arguments are explained, with code 1', async () => {
  for (const args of [[], ['draw.json'], [...both, 'third'], [...both, '--nonsense']]) {
    const { code, printed } = await run(args)
    expect(code).toBe(1)
    expect(printed).toContain('npm run queue -- verify')
  }
  const { code, printed } = await run(['draw.json', 'missing.ndjson'])
  expect(code).toBe(1)
  expect(printed).toContain('missing.ndjson')
})
