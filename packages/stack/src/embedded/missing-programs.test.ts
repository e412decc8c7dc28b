import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createChildren } from './children.ts'
import { findKafkaLibs } from './kafka-libs.ts'
import { findRedisProgram } from './redis-program.ts'
import { createPortChoice, type ServerContext } from './server-start.ts'

/** A machine whose only programs are the given shell scripts. */
function machineWith(programs: Record<string, string>): ServerContext {
  const folder = mkdtempSync(join(tmpdir(), 'machine-'))
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })
  const [bin, downloads] = [join(folder, 'bin'), join(folder, 'downloads')]
  mkdirSync(bin)
  mkdirSync(downloads)
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  vi.stubEnv('PATH', bin)
  vi.stubEnv('JAVA_HOME', undefined)
  const ports = createPortChoice({}, {})
  return { directory: folder, downloads, durable: true, children: createChildren(), ports, report: () => {} }
}

const java = (version: string) => `echo 'openjdk version "${version}" 2025-01-01' >&2`

test.each([
  ['no Java', {}, 'Kafka needs Java, which is missing: install a Java 17 or later runtime'],
  ['Java 8', { java: java('1.8.0_402') }, 'Kafka needs Java 17 or later and this is Java 8: install'],
  ['Java 11', { java: java('11.0.22') }, 'Kafka needs Java 17 or later and this is Java 11: install'],
  ['no Maven', { java: java('21') }, 'Kafka is fetched with Maven, which is missing: install it'],
  [
    'no Maven Central',
    { java: java('17.0.1'), mvn: 'echo unreachable; exit 1' },
    /Maven could not fetch .*unreachable/,
  ],
])('a machine with %s is told so in one sentence', async (_name, programs, message) => {
  const context = machineWith(programs)
  await expect(findKafkaLibs(context)).rejects.toThrow(message)
  expect(readdirSync(context.downloads)).toEqual([])
})

test.each([
  ['neither Redis nor apt', {}, 'There is no redis-server and no apt to get it from: install Redis 7 or later'],
  ['an old Redis and no apt', { 'redis-server': 'echo v=6.0.16 ' }, 'and no apt to get it from: install Redis 7'],
  [
    'no package source',
    { 'apt-get': '[ "$1" = --version ] || { echo "E: no network"; exit 100; }' },
    'The package redis-server could not be downloaded',
  ],
])('a machine with %s is told so in one sentence', async (_name, programs, message) => {
  const context = machineWith(programs)
  await expect(findRedisProgram(context)).rejects.toThrow(message)
  expect(readdirSync(context.downloads)).toEqual([])
})

test('a redis-server on PATH that is new enough is used', async () => {
  const context = machineWith({ 'redis-server': 'echo "Redis server v=7.2.4 sha=0"' })
  expect(await findRedisProgram(context)).toMatchObject({ command: 'redis-server' })
})
