import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command, StopSteps } from './children.ts'
import { findJavaProblem, findKafkaLibs, javaProgram } from './kafka-libs.ts'
import { lastLines, type ServerContext, type StartedServer, waitForServer } from './server-start.ts'

const keepStopSteps: StopSteps = [{ signal: 'SIGTERM', waitMs: 10_000 }]
const dropStopSteps: StopSteps = []

function javaCommand(folder: string, libs: string, mainClass: string, args: string[]): Command {
  const memory = ['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  const logger = '-Dorg.slf4j.simpleLogger'
  const logging = [
    `${logger}.defaultLogLevel=warn`,
    `${logger}.log.kafka.server.KafkaRaftServer=info`,
    `${logger}.showDateTime=true`,
  ]
  return {
    command: javaProgram(),
    args: [...memory, ...logging, '-cp', join(libs, '*'), mainClass, ...args],
    cwd: folder,
  }
}

function serverProperties(folder: string, ports: { broker: number; controller: number }): string {
  const properties: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    listeners: `BROKER://127.0.0.1:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `BROKER://127.0.0.1:${ports.broker}`,
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': 'false',
    // After a crash the broker is let in again only when the session of its former self has expired.
    'broker.session.timeout.ms': 3000,
    'broker.heartbeat.interval.ms': 500,
    'default.replication.factor': 1,
    'group.initial.rebalance.delay.ms': 0,
    'offsets.topic.num.partitions': 4,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'log.cleaner.dedupe.buffer.size': 8_388_608,
  }
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

async function format(context: ServerContext, folder: string, libs: string, configFile: string): Promise<void> {
  context.report('preparing', 'formatting the log directory')
  // The leading letter keeps a random identity from being read as an option.
  const clusterId = `t${randomBytes(16).toString('base64url').slice(1)}`
  const args = ['format', '-t', clusterId, '-c', configFile]
  const { code, output } = await context.children.runTool(javaCommand(folder, libs, 'kafka.tools.StorageTool', args))
  if (code === 0) return
  throw new Error((await findJavaProblem(context)) ?? `Kafka could not format its directory: ${lastLines(output)}`)
}

/** Starts Kafka as broker and controller in one process, in `<directory>/kafka`. */
export async function startKafka(context: ServerContext): Promise<StartedServer> {
  const folder = join(context.directory, 'kafka')
  mkdirSync(folder, { recursive: true })
  const libs = await findKafkaLibs(context)
  const configFile = join(folder, 'server.properties')
  for (let attempt = 1; ; attempt += 1) {
    const broker = await context.ports.choose('kafka')
    const controller = await context.ports.choose('kafkaController')
    writeFileSync(configFile, serverProperties(folder, { broker, controller }))
    if (!existsSync(join(folder, 'data', 'meta.properties'))) await format(context, folder, libs, configFile)
    context.report('starting')
    const server = context.children.startServer(javaCommand(folder, libs, 'kafka.Kafka', [configFile]), {
      logFile: join(context.directory, 'kafka.log'),
      stopSteps: context.durable ? keepStopSteps : dropStopSteps,
    })
    const outcome = await waitForServer(server, () => server.output().includes('Kafka Server started'), 90_000)
    if (outcome === 'ready') return { server, address: `127.0.0.1:${broker}` }
    await context.children.stopServer(server)
    const output = server.output()
    if (attempt < 5 && /BindException|Address already in use/.test(output)) {
      context.ports.giveUp('kafka')
      context.ports.giveUp('kafkaController')
    } else {
      throw new Error((await findJavaProblem(context)) ?? `Kafka did not start (${outcome}): ${lastLines(output)}`)
    }
  }
}
