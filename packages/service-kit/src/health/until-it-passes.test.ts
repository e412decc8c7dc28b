import { expect, it } from 'vitest'
import { untilItPasses } from './until-it-passes.ts'

it('fails until the check has passed once, and never again', async () => {
  const answers = ['away', null, 'away']
  const check = untilItPasses(async () => {
    const problem = answers.shift()
    if (problem) throw new Error(problem)
  })
  await expect(check()).rejects.toThrow('away')
  await check()
  await check()
})
