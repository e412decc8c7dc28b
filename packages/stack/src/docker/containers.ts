import { createHash } from 'node:crypto'
import { PostgreSqlContainer } from '@testcontainers/postgresql'
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer, Wait } from 'testcontainers'
import { type StoreName, storeNames } from '../stores.ts'

const images = { postgres: 'postgres:18-alpine', redis: 'redis:7.4-alpine', kafka: 'apache/kafka:4.3.1' }
const startTimeoutMs = 90_000

/** What one container is made of. */
export interface ContainerPlan {
  directory: string
  durable: boolean
  host: string
  port: number
  password: string
}

/** The named volume with a store's data: a folder of ours would end up owned by an account of the image. */
function volumeName(directory: string, name: StoreName): string {
  return `ticket-queue-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}-${name}`
}

function withData<T extends GenericContainer>(container: T, plan: ContainerPlan, name: StoreName, target: string): T {
  const mounts = [{ source: volumeName(plan.directory, name), target }]
  return (plan.durable ? container.withBindMounts(mounts) : container).withStartupTimeout(startTimeoutMs)
}

function postgresContainer(plan: ContainerPlan): GenericContainer {
  const unsafe = ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off']
  const container = new PostgreSqlContainer(images.postgres)
    .withDatabase('ticketing')
    .withUsername('postgres')
    .withPassword(plan.password)
    .withEnvironment({ POSTGRES_INITDB_ARGS: '--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8' })
    .withCommand(['postgres', '-c', 'max_connections=300', '-c', 'jit=off', ...(plan.durable ? [] : unsafe)])
    .withExposedPorts({ container: 5432, host: plan.port })
  return withData(container, plan, 'postgres', '/var/lib/postgresql')
}

function redisContainer(plan: ContainerPlan): GenericContainer {
  const keeping = ['--save', '', '--appendonly', plan.durable ? 'yes' : 'no', '--maxmemory-policy', 'noeviction']
  const container = new GenericContainer(images.redis)
    .withCommand(['redis-server', ...keeping, '--requirepass', plan.password])
    .withExposedPorts({ container: 6379, host: plan.port })
    .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'))
  return withData(container, plan, 'redis', '/data')
}

function kafkaContainer(plan: ContainerPlan): GenericContainer {
  const container = new GenericContainer(images.kafka)
    .withEnvironment({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      // The broker also calls itself, and the address that holds outside the container does not hold inside it.
      KAFKA_LISTENERS: 'OUTSIDE://0.0.0.0:9092,INSIDE://localhost:19092,CONTROLLER://localhost:9093',
      KAFKA_ADVERTISED_LISTENERS: `OUTSIDE://${plan.host}:${plan.port},INSIDE://localhost:19092`,
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'OUTSIDE:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_INTER_BROKER_LISTENER_NAME: 'INSIDE',
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LOG_DIRS: '/var/lib/kafka/data',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '4',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
      KAFKA_HEAP_OPTS: '-Xms128m -Xmx384m',
    })
    .withExposedPorts({ container: 9092, host: plan.port })
    .withWaitStrategy(Wait.forLogMessage('Kafka Server started'))
  return withData(container, plan, 'kafka', '/var/lib/kafka/data')
}

const builders = { postgres: postgresContainer, redis: redisContainer, kafka: kafkaContainer }

/** The host under which the engine's published ports are reached. */
export async function engineHost(): Promise<string> {
  const { host } = (await getContainerRuntimeClient()).info.containerRuntime
  return host === 'localhost' ? '127.0.0.1' : host
}

/** Pulls the image when needed and starts the container; rejects when either is not done in time. */
export async function startContainer(name: StoreName, plan: ContainerPlan): Promise<StartedTestContainer> {
  const starting = builders[name](plan).start()
  let expiry: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    expiry = setTimeout(() => {
      reject(new Error(`${images[name]} did not start in ${startTimeoutMs / 1000} s`))
      // A container that comes up after all would hold the port and the data.
      void starting.then((container) => container.stop()).catch(() => {})
    }, startTimeoutMs)
  })
  try {
    return await Promise.race([starting, tooLate])
  } finally {
    clearTimeout(expiry)
  }
}

/** Removes the volumes of a directory's stack. */
export async function removeVolumes(directory: string): Promise<void> {
  const { dockerode } = (await getContainerRuntimeClient()).container
  await Promise.all(
    storeNames.map((name) =>
      dockerode
        .getVolume(volumeName(directory, name))
        .remove()
        .catch((error: unknown) => {
          if (!(error instanceof Error && 'statusCode' in error && error.statusCode === 404)) throw error
        }),
    ),
  )
}
