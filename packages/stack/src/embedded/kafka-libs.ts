import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lastLines, type ServerContext } from './server-start.ts'

const pomFile = fileURLToPath(new URL('../../kafka/pom.xml', import.meta.url))
const javaAdvice = 'install a Java 17 or later runtime (Debian, Ubuntu: openjdk-17-jre-headless)'

/** The Java program: that of JAVA_HOME when it has one, else the one on PATH. */
export function javaProgram(): string {
  const home = process.env['JAVA_HOME']
  const program = home === undefined ? '' : join(home, 'bin', 'java')
  return existsSync(program) ? program : 'java'
}

/** Says in one sentence what is wrong with this machine's Java, or null when it will do. */
export async function findJavaProblem(context: ServerContext): Promise<string | null> {
  const { code, output } = await context.children.runTool({ command: javaProgram(), args: ['-version'] })
  const version = /version "(?:1\.)?(\d+)/.exec(output)?.[1]
  if (code !== 0 || version === undefined) return `Kafka needs Java, which is missing: ${javaAdvice}.`
  return Number(version) < 17 ? `Kafka needs Java 17 or later and this is Java ${version}: ${javaAdvice}.` : null
}

/**
 * The folder with Kafka's jars, shared by all stacks of this working copy; the first start copies them there with Maven.
 */
export async function findKafkaLibs(context: ServerContext): Promise<string> {
  const version = /<kafka\.version>([^<]+)</.exec(readFileSync(pomFile, 'utf8'))?.[1]
  const target = join(context.downloads, `kafka-libs-${version}`)
  if (existsSync(target)) return target
  context.report('preparing', `downloading Kafka ${version}`)
  const problem = await findJavaProblem(context)
  if (problem !== null) throw new Error(problem)
  mkdirSync(context.downloads, { recursive: true })
  const draft = mkdtempSync(join(context.downloads, 'kafka-draft-'))
  try {
    const args = [
      '-q',
      '-B',
      '-f',
      pomFile,
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${join(draft, 'libs')}`,
    ]
    const { code, output } = await context.children.runTool({ command: 'mvn', args })
    if (code === 'missing')
      throw new Error('Kafka is fetched with Maven, which is missing: install it (Debian, Ubuntu: maven).')
    if (code !== 0) throw new Error(`Maven could not fetch Kafka ${version}: ${lastLines(output)}`)
    try {
      renameSync(join(draft, 'libs'), target)
    } catch (error) {
      // Another stack that started at the same time put the same files there first.
      if (!existsSync(target)) throw error
    }
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return target
}
