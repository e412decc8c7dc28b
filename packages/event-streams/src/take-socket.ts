import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** What Node keeps for a connection as long as it expects HTTP on it; not in its types. */
interface HttpParser {
  remove(): void
  close(): void
  [reference: string]: unknown
}

const references = ['incoming', 'outgoing', 'socket', 'onIncoming']

/**
 * Takes the connection of a request that has not been answered out of the hands of the HTTP server, as Node itself does for an
 * upgrade; gives null if the client has gone. A stream stays open for an hour and needs neither parser nor request any more:
 * without them it takes 6 KB instead of 20. A server that no longer knows the connection does not end it when it closes.
 * What another version of Node may not have is left alone: then a stream only takes more memory.
 */
export function takeSocket(response: ServerResponse): Socket | null {
  const { socket } = response
  if (socket === null || socket.destroyed) return null
  const { parser } = socket as Socket & { parser?: HttpParser | null }
  // Listening for data makes the parser give the bytes back to the socket.
  socket.on('data', ignore)
  response.detachSocket(socket)
  for (const event of ['data', 'end', 'drain', 'error', 'timeout']) socket.removeAllListeners(event)
  for (const listener of socket.listeners('close')) {
    if (listener.name.endsWith('socketOnClose')) socket.off('close', listener as () => void)
  }
  if (parser) giveUp(parser, socket)
  return socket.on('data', ignore).on('error', ignore).on('end', endToo).on('timeout', destroyToo).setTimeout(0)
}

function giveUp(parser: HttpParser, socket: Socket): void {
  Object.assign(socket, { parser: null })
  parser.remove?.()
  for (const name of references) parser[name] = null
  // It may be what has called us.
  setImmediate(closeParser, parser)
}

const closeParser = (parser: HttpParser) => parser.close?.()

// One function for all sockets: a closure for each would keep what it was made beside.
function ignore(): void {}
function endToo(this: Socket): void {
  this.end()
}
function destroyToo(this: Socket): void {
  this.destroy()
}
