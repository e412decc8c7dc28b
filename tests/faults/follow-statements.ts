const [parse, bind] = [0x50, 0x42]
/** A client that asks for encryption begins once more afterwards. */
const asksForEncryption: readonly number[] = [80_877_103, 80_877_104]

/**
 * Follows what a client of PostgreSQL sends and gives, for each piece, the texts of the prepared statements that it runs: these are
 * sent by name alone, once their text has passed on the same connection. Each ends with NUL, as a text that is sent does.
 */
export function followStatements(): (bytes: Buffer) => Buffer {
  const texts = new Map<string, string>()
  let rest = Buffer.alloc(0)
  let hasBegun = false
  const read = (message: Buffer): string => {
    const [first, second] = stringsOf(message)
    if (message[0] === parse && first !== '') texts.set(first, second)
    return message[0] === bind && second !== '' ? `${texts.get(second) ?? ''}\0` : ''
  }
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    const bound: string[] = []
    for (;;) {
      const lengthAt = hasBegun ? 1 : 0
      if (rest.length < lengthAt + 4) break
      const end = lengthAt + rest.readUInt32BE(lengthAt)
      if (rest.length < end) break
      const message = rest.subarray(0, end)
      if (hasBegun) bound.push(read(message))
      else hasBegun = !asksForEncryption.includes(message.readUInt32BE(4))
      rest = rest.subarray(end)
    }
    return Buffer.from(bound.join(''))
  }
}

/** The two strings after type and length: a statement's name and text, or a portal and a statement's name. */
function stringsOf(message: Buffer): [string, string] {
  const first = message.indexOf(0, 5)
  const second = message.indexOf(0, first + 1)
  return [message.toString('utf8', 5, first), message.toString('utf8', first + 1, second)]
}
