import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** An append-only file of JSON lines with group commit: appending costs no wait, `settled` waits until all is written. */
export interface Journal {
  append(entry: unknown): void
  /** Resolves when every entry appended so far is with the operating system; rejects for ever once a write has failed. */
  settled(): Promise<void>
  /** Empties the file after what is being written. */
  wipe(): void
  close(): Promise<void>
}

/** The journal of a sandbox that keeps nothing beyond its own life. */
export const noJournal: Journal = {
  append: () => {},
  settled: async () => {},
  wipe: () => {},
  close: async () => {},
}

/**
 * Opens `file`, hands each whole line to `replay` in order, and appends after the last of them. A line cut off by a
 * crash is removed: its answer was never given. Errors: a line in the middle that is no JSON, or a file that cannot be opened.
 */
export async function openJournal(file: string, replay: (entry: unknown) => void): Promise<Journal> {
  await mkdir(dirname(file), { recursive: true })
  const handle = await open(file, 'a+')
  try {
    await handle.truncate(await replayLines(handle, file, replay))
  } catch (error) {
    await handle.close()
    throw error
  }
  return startJournal(handle)
}

const newline = 0x0a

async function replayLines(handle: FileHandle, file: string, replay: (entry: unknown) => void): Promise<number> {
  const chunk = Buffer.alloc(1 << 20)
  let rest: Buffer = Buffer.alloc(0)
  let wholeBytes = 0
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position)
    if (bytesRead === 0) return wholeBytes
    position += bytesRead
    const data = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
    const end = data.lastIndexOf(newline) + 1
    for (const line of data.toString('utf8', 0, end).split('\n')) if (line !== '') replay(parseLine(line, file))
    wholeBytes += end
    rest = data.subarray(end)
  }
}

function parseLine(line: string, file: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new Error(`${file} holds a line that is no JSON: move the file away to start with empty books`, { cause })
  }
}

function startJournal(handle: FileHandle): Journal {
  let waiting: string[] = []
  let wipeFirst = false
  let failed: Error | undefined
  let writing: Promise<void> | undefined

  const writeWaiting = async () => {
    const lines = waiting
    const wiped = wipeFirst
    waiting = []
    wipeFirst = false
    if (wiped) await handle.truncate(0)
    if (lines.length > 0) await handle.appendFile(`${lines.join('\n')}\n`)
  }
  const writeAll = async () => {
    try {
      while (waiting.length > 0 || wipeFirst) await writeWaiting()
    } catch (error) {
      failed = error as Error
    } finally {
      writing = undefined
    }
  }
  const settled = async () => {
    if (!failed && (waiting.length > 0 || wipeFirst)) writing ??= writeAll()
    await writing
    if (failed) throw new Error('the ledger file cannot be written', { cause: failed })
  }
  return {
    append: (entry) => {
      if (failed) return
      waiting.push(JSON.stringify(entry))
      // What nobody waits for is written all the same; a failure shows at the next settled().
      if (waiting.length === 1) setImmediate(() => void settled().catch(() => {}))
    },
    settled,
    wipe: () => {
      waiting = []
      wipeFirst = true
    },
    close: async () => {
      try {
        await settled()
      } finally {
        await handle.close()
      }
    },
  }
}
