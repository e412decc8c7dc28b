import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { removeAbandonedStacks } from './abandoned-stacks.ts'
import { claimDirectory } from './claim.ts'
import { identify } from './process-identity.ts'

test('what dead runs left is removed; running and just starting stacks and other folders stay', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stacks-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const me = identify(process.pid) ?? { pid: 0, stamp: '' }
  const gone = { ...me, stamp: 'an earlier start' }
  const claims = { 'test-dead': gone, 'test-running': me, dev: gone }
  for (const [name, keeper] of Object.entries(claims)) {
    claimDirectory(join(folder, name), { keeper, ownerPid: 42 })
    writeFileSync(join(folder, name, 'state.json'), '{}')
  }
  mkdirSync(join(folder, 'test-starting'))

  await removeAbandonedStacks(folder, 'test-')
  const left = [...Object.keys(claims), 'test-starting'].filter((name) => existsSync(join(folder, name)))
  expect(left).toEqual(['test-running', 'dev', 'test-starting'])
})
