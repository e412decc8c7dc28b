import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { keepFresh } from './keep-fresh.ts'

/** Reads that are answered when they are told to. */
function openReads() {
  const reads: PromiseWithResolvers<number>[] = []
  const read = () => {
    const opened = Promise.withResolvers<number>()
    reads.push(opened)
    return opened.promise
  }
  return { read, reads }
}

test('who can do with a recent answer does not wait for the next one, who wants the current one does', async () => {
  const { read, reads } = openReads()
  const kept = keepFresh({ freshMs: 0, keepMs: 60_000 }, read)
  const first = kept.recent('a')
  reads[0]?.resolve(1)
  expect(await first).toBe(1)
  await waitUntil(async () => (await kept.recent('a')) === 1 && reads.length === 2)
  const current = kept.current('a')
  expect(await kept.recent('a')).toBe(1)
  reads[1]?.resolve(2)
  expect(await current).toBe(2)
  expect(await kept.recent('a')).toBe(2)
})

test('an answer that is too old is not given', async () => {
  const { read, reads } = openReads()
  const kept = keepFresh({ freshMs: 0, keepMs: 20 }, read)
  const first = kept.recent('a')
  reads[0]?.resolve(1)
  await first
  const answers: number[] = []
  await waitUntil(async () => {
    const asked = kept.recent('a').then((answer) => answers.push(answer))
    for (const one of reads.slice(1)) one.resolve(2)
    await asked
    return answers.includes(2)
  })
})

test('a failed read is told to whoever has no answer, and leaves the known one to the others', async () => {
  const { read, reads } = openReads()
  const kept = keepFresh({ freshMs: 0, keepMs: 60_000 }, read)
  const failing = kept.recent('a')
  reads[0]?.reject(new Error('away'))
  await expect(failing).rejects.toThrow('away')
  const known = kept.recent('a')
  reads[1]?.resolve(1)
  expect(await known).toBe(1)
  expect(await waitUntil(async () => (await kept.recent('a')) === 1 && reads.length === 3)).toBe(true)
  reads[2]?.reject(new Error('away'))
  expect(await kept.recent('a')).toBe(1)
})
