import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { claimDirectory, currentClaim } from './claim.ts'
import { identify, type ProcessIdentity } from './process-identity.ts'

function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'claim-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return directory
}

function ourselves(): ProcessIdentity {
  const me = identify(process.pid)
  if (me === null) throw new Error('This process does not run.')
  return me
}

const claimOf = (keeper: ProcessIdentity) => ({ keeper, ownerPid: 42 })

test('a directory is claimed by one process at a time', () => {
  const directory = emptyDirectory()
  expect(claimDirectory(directory, claimOf(ourselves()))).toBeNull()
  expect(claimDirectory(directory, claimOf(ourselves()))).toEqual(claimOf(ourselves()))
  expect(currentClaim(directory)?.ownerPid).toBe(42)
})

test('the claim of a process whose PID another one has got by now counts as gone', () => {
  const directory = emptyDirectory()
  const earlier = { ...ourselves(), stamp: 'an earlier start' }
  expect(claimDirectory(directory, claimOf(earlier))).toBeNull()
  expect(currentClaim(directory)).toBeNull()
  expect(claimDirectory(directory, claimOf(ourselves()))).toBeNull()
  expect(readdirSync(directory)).toEqual(['claim.2'])
})

test('a directory that does not exist is claimed by no one', () => {
  expect(currentClaim(join(emptyDirectory(), 'missing'))).toBeNull()
})
