import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Children } from './children.ts'
import { lastLines, type ServerContext } from './server-start.ts'

/** How to run redis-server: the program, and the environment it needs when it was unpacked rather than installed. */
export interface RedisProgram {
  command: string
  env: NodeJS.ProcessEnv
}

const oldestMajorVersion = 7
const packageName = 'redis-server'
const advice = 'install Redis 7 or later (https://redis.io/docs/latest/operate/oss_and_stack/install/) or set REDIS_URL'

async function readMajorVersion(children: Children, program: RedisProgram): Promise<number | null> {
  const { code, output } = await children.runTool({ ...program, args: ['--version'] })
  const digits = /\bv=(\d+)\./.exec(output)?.[1]
  return code === 0 && digits !== undefined ? Number(digits) : null
}

function unpackedProgram(root: string): RedisProgram {
  const libraries = ['usr/lib', 'lib']
    .map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => [folder, ...readdirSync(folder).map((name) => join(folder, name))])
    .filter((folder) => folder.endsWith('-linux-gnu') || folder.endsWith('-linux-gnueabihf'))
  const path = [...libraries, process.env['LD_LIBRARY_PATH'] ?? ''].filter((part) => part !== '').join(':')
  return { command: join(root, 'usr/bin/redis-server'), env: { ...process.env, LD_LIBRARY_PATH: path } }
}

/**
 * Downloads redis-server and those of its libraries that are not installed, and unpacks them into `folder` without
 * installing anything; so no service starts and no root is needed.
 */
async function unpackPackages(children: Children, folder: string): Promise<void> {
  const apt = (args: string[]) =>
    children.runTool({ command: 'apt-get', args, cwd: folder, env: { ...process.env, LC_ALL: 'C' } })
  const listPackages = (options: string[]) =>
    apt([
      ...options,
      '-qq',
      '--print-uris',
      '--no-install-recommends',
      '-o',
      'Debug::NoLocking=true',
      'install',
      packageName,
    ])
  mkdirSync(join(folder, 'lists/partial'), { recursive: true })
  // Package lists of our own, when the system's are empty or outdated, can be refreshed without being root.
  const ownLists = ['-o', `Dir::State::Lists=${join(folder, 'lists')}`, '-o', `Dir::Cache=${folder}`]
  let failure = ''
  for (const options of [[], ownLists]) {
    if (options !== ownLists || (await apt([...ownLists, '-qq', 'update'])).code === 0) {
      const listed = await listPackages(options)
      const names = [...listed.output.matchAll(/^'\S+' ([^_\s]+)_/gm)].map((match) => match[1] ?? '')
      const download = await apt([...options, '-qq', 'download', ...(names.length > 0 ? names : [packageName])])
      if (listed.code === 0 && download.code === 0) {
        for (const archive of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
          await children.runTool({ command: 'dpkg-deb', args: ['-x', archive, join(folder, 'root')], cwd: folder })
        }
        return
      }
      failure = lastLines(`${listed.output}\n${download.output}`, 2)
    }
  }
  throw new Error(`The package ${packageName} could not be downloaded (${failure}): ${advice}.`)
}

async function unpackRedis(context: ServerContext, target: string): Promise<void> {
  const { children } = context
  if ((await children.runTool({ command: 'apt-get', args: ['--version'] })).code !== 0) {
    throw new Error(`There is no redis-server and no apt to get it from: ${advice}.`)
  }
  mkdirSync(context.downloads, { recursive: true })
  const draft = mkdtempSync(join(context.downloads, 'redis-draft-'))
  try {
    await unpackPackages(children, draft)
    const found = await readMajorVersion(children, unpackedProgram(join(draft, 'root')))
    if (found === null) throw new Error(`The redis-server of this distribution does not run here: ${advice}.`)
    if (found < oldestMajorVersion) throw new Error(`This distribution offers Redis ${found} only: ${advice}.`)
    try {
      renameSync(join(draft, 'root'), target)
    } catch (error) {
      // Another stack that started at the same time put the same files there first.
      if (!existsSync(target)) throw error
    }
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** Finds redis-server 7 or later: on PATH, unpacked before, or from the distribution's package. */
export async function findRedisProgram(context: ServerContext): Promise<RedisProgram> {
  const installed: RedisProgram = { command: 'redis-server', env: process.env }
  const version = await readMajorVersion(context.children, installed)
  if (version !== null && version >= oldestMajorVersion) return installed
  const target = join(context.downloads, 'redis')
  if (!existsSync(target)) {
    context.report('preparing', 'downloading redis-server')
    await unpackRedis(context, target)
  }
  return unpackedProgram(target)
}
