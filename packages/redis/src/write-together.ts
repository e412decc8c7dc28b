import type { Redis } from 'ioredis'

/**
 * Lets the commands of one turn of the event loop go out in one write, and so come back in few reads: a write for each is what a busy
 * client would do most. Each is still sent and answered for itself, which costs half of what a pipeline made for them would.
 */
export const writeTogether = (client: Redis): void => {
  const send = client.sendCommand.bind(client)
  let isHeld = false
  client.sendCommand = (command, stream) => {
    const socket = client.stream
    if (!isHeld && client.status === 'ready') {
      isHeld = true
      socket.cork()
      setImmediate(() => {
        isHeld = false
        socket.uncork()
      })
    }
    return send(command, stream)
  }
}
