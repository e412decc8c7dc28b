import { expect, test } from 'vitest'
import { createPasswordHasher } from './hash-passwords.ts'

const cost = 4

test('a hash is bcrypt of the configured cost, and only its own password is right', async () => {
  const hasher = await createPasswordHasher({ cost, concurrency: 2, waitingMax: 10 })
  const hashed = await hasher.hash('correct horse')
  if (hashed.kind !== 'hashed') throw new Error('busy')
  expect(hashed.hash).toMatch(/^\$2b\$04\$/)
  expect(await hasher.compare('correct horse', hashed.hash)).toBe('right')
  expect(await hasher.compare('correct horsf', hashed.hash)).toBe('wrong')
})

test('nobody has a password, not even the one that nobody’s hash is made of', async () => {
  const hasher = await createPasswordHasher({ cost, concurrency: 1, waitingMax: 0 })
  expect(await hasher.compare('the password of nobody', null)).toBe('wrong')
})

test('who comes when every place is taken is told so at once, and the others are served', async () => {
  const hasher = await createPasswordHasher({ cost, concurrency: 2, waitingMax: 3 })
  const answers = await Promise.all(Array.from({ length: 8 }, () => hasher.compare('wrong', null)))
  expect(answers.filter((answer) => answer === 'wrong')).toHaveLength(5)
  expect(answers.filter((answer) => answer === 'busy')).toHaveLength(3)
  expect(await hasher.compare('wrong', null)).toBe('wrong')
})
