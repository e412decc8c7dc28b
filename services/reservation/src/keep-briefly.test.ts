import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { keepBriefly } from './keep-briefly.ts'

/** A read that counts itself and answers when it is told to. */
function countedRead() {
  const reads: { key: string; answer: (value: string) => void; fail: (error: Error) => void }[] = []
  const read = (key: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    reads.push({ key, answer: resolve, fail: reject })
    return promise
  }
  return { read, reads }
}

test('all who ask while a read runs share it, however long it takes', async () => {
  const { read, reads } = countedRead()
  const ask = keepBriefly(0, read)
  const [first, second, other] = [ask('a'), ask('a'), ask('b')]
  expect(reads.map(({ key }) => key)).toEqual(['a', 'b'])
  for (const { key, answer } of reads) answer(`of ${key}`)
  expect(await Promise.all([first, second, other])).toEqual(['of a', 'of a', 'of b'])
})

test('an answer is kept for its time and then read again', async () => {
  let reads = 0
  const ask = keepBriefly(60, async () => {
    reads += 1
    return reads
  })
  expect([await ask('a'), await ask('a')]).toEqual([1, 1])
  expect(await waitUntil(async () => (await ask('a')) > 1 && ask('a'))).toBe(2)
})

test('a failure reaches all who share it and is not kept', async () => {
  const { read, reads } = countedRead()
  const ask = keepBriefly(60_000, read)
  const both = Promise.allSettled([ask('a'), ask('a')])
  reads[0]?.fail(new Error('away'))
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const again = ask('a')
  reads[1]?.answer('back')
  expect(await again).toBe('back')
  expect(reads).toHaveLength(2)
})

test('of more keys than there is room for the oldest are read again', async () => {
  const reads: string[] = []
  const ask = keepBriefly(60_000, async (key) => reads.push(key))
  for (let index = 0; index <= 200; index += 1) await ask(`key-${index}`)
  await ask('key-200')
  expect(reads).toHaveLength(201)
  await ask('key-0')
  expect(reads).toHaveLength(202)
})
