import { expect, test } from 'vitest'
import { TransientError } from '../errors.ts'
import { isPassing } from './is-passing.ts'
import { createPatience } from './patience.ts'
import type { Placed } from './placed.ts'

const placed: Placed = { topic: 't', partition: 0, message: { key: null, value: null, offset: '7', headers: {} } }
const withCode = (code: string) => Object.assign(new Error('no'), { code })
const timeOut = withCode('57014')

test.each([
  ['a statement time-out', timeOut, false],
  ['a lock time-out', withCode('55P03'), false],
  ['a deadlock', withCode('40P01'), false],
  ['a call to another service', Object.assign(new Error('no'), { name: 'TimeoutError' }), false],
  ['a TransientError', new TransientError('away'), true],
  ['a TransientError because of a time-out', new TransientError('away', { cause: timeOut }), true],
  ['a connection refused', withCode('ECONNREFUSED'), true],
  ['a server that starts', withCode('57P03'), true],
  ['a server without room', withCode('53100'), true],
])('%s passes; waited for without end while the database answers: %s', async (_, error, isEndless) => {
  expect(isPassing(error)).toBe(true)
  const patience = createPatience(async () => true, 0)
  expect(await patience.mayWait(placed, error)).toBe(isEndless)
})

test('time in which the database did not answer, and another trouble, begin the patience anew', async () => {
  let answers = true
  const patience = createPatience(async () => answers, 1)
  const until = async (isWaiting: boolean) => {
    for (let tries = 0; tries < 100_000; tries += 1) if ((await patience.mayWait(placed, timeOut)) === isWaiting) return
    throw new Error('it never changed')
  }
  await until(false)
  answers = false
  expect(await patience.mayWait(placed, timeOut)).toBe(true)
  answers = true
  const [first] = [await patience.mayWait(placed, timeOut)]
  expect(first).toBe(true)
  await until(false)
  await patience.mayWait(placed, new TransientError('away'))
  expect(await patience.mayWait(placed, timeOut)).toBe(true)
  await until(false)
  patience.forget(placed)
  expect(await patience.mayWait(placed, timeOut)).toBe(true)
})
