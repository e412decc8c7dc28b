import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'

const probeTimeoutMs = 1000

type Endpoint = { socketPath: string } | { host: string; port: number }

function endpoints(env: NodeJS.ProcessEnv): Endpoint[] {
  const configured = env['DOCKER_HOST'] ? URL.parse(env['DOCKER_HOST']) : null
  if (configured?.protocol === 'unix:') return [{ socketPath: configured.pathname }]
  if (configured?.protocol === 'tcp:') return [{ host: configured.hostname, port: Number(configured.port || 2375) }]
  const runtimeFolder = env['XDG_RUNTIME_DIR'] ?? `/run/user/${process.getuid?.() ?? 0}`
  const sockets = [
    '/var/run/docker.sock',
    join(runtimeFolder, 'docker.sock'),
    join(homedir(), '.docker/run/docker.sock'),
    join(homedir(), '.docker/desktop/docker.sock'),
  ]
  return sockets.filter((path) => existsSync(path)).map((socketPath) => ({ socketPath }))
}

function answersPing(endpoint: Endpoint): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ ...endpoint, path: '/_ping', timeout: probeTimeoutMs }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    ping.once('error', () => resolve(false))
    ping.once('timeout', () => ping.destroy())
    ping.end()
  })
}

/** Whether a Docker engine answers, within a second: asked before the much larger client library is loaded. */
export async function dockerAnswers(env: NodeJS.ProcessEnv): Promise<boolean> {
  const answers = await Promise.all(endpoints(env).map(answersPing))
  return answers.includes(true)
}
