import { createLog } from '@ticket-queue/service-kit'
import { expect, test } from 'vitest'
import { createOutages } from './outages.ts'

const tried = { key: 'draws', facts: { scheduleId: 'S' }, failing: 'it fails', again: 'it goes on' }

/** Gives what the log told of these runs: the message of the error of each, null for one that went well. */
async function toldOf(...runs: (string | null)[]): Promise<string[]> {
  const lines: string[] = []
  const outages = createOutages(createLog('test', 'info', { write: (line) => void lines.push(line) }))
  for (const message of runs) {
    const went = await outages.watch(tried, () =>
      message === null ? Promise.resolve() : Promise.reject(Error(message)),
    )
    expect(went).toBe(message === null)
  }
  return lines.map((line) => {
    const { level, msg, err, scheduleId } = JSON.parse(line)
    expect(scheduleId).toBe('S')
    return [level, msg, ...(err ? [err.message] : [])].join(': ')
  })
}

test('an outage is told as it begins and as it ends, however often the work was tried meanwhile', async () => {
  expect(await toldOf(null, 'away', 'away', 'away', null, null)).toEqual(['error: it fails: away', 'info: it goes on'])
  expect(await toldOf(null, null)).toEqual([])
})

test('a failure that has become another one is told too, and so is the next outage', async () => {
  expect(await toldOf('away', 'impossible', 'impossible', null, 'away')).toEqual([
    'error: it fails: away',
    'error: it fails: impossible',
    'info: it goes on',
    'error: it fails: away',
  ])
})
