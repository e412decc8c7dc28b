import { hash, randomBytes, randomUUID } from 'node:crypto'
import { isSolved, type Proof, solveProof } from '@ticket-queue/contracts/proof-of-work'
import { expect, test } from 'vitest'
import { createEntryProofs } from './entry-proof.ts'
import { createPlaceTickets } from './place-ticket.ts'
import { createSignedTexts } from './signed-text.ts'

const sha256 = (text: string) => hash('sha256', text, 'buffer')
const keys = [{ id: 'a', secret: randomBytes(32) }]
const proofs = createEntryProofs(keys)
const owner = () => ({ scheduleId: randomUUID(), userId: randomUUID() })
const nowMs = 1_795_440_200_000

function solve(challenge: string, difficultyBits = 8): Proof {
  const proof = solveProof({ challenge, difficultyBits }, sha256)
  if (proof === null) throw new Error('not solved')
  return proof
}

test('work done is worth three minutes to the one it was asked of', () => {
  const who = owner()
  const asked = proofs.ask(who, { bits: 10, nowMs })
  expect(asked).toMatchObject({ difficultyBits: 10, expiresAt: new Date(nowMs + 180_000).toISOString() })
  expect(proofs.read(who, solve(asked.challenge, 10))).toBe(nowMs + 180_000)
})

test('it is nobody else’s, no other schedule’s, and nothing of another key', () => {
  const who = owner()
  const proof = solve(proofs.ask(who, { bits: 8, nowMs }).challenge)
  expect(proofs.read({ ...who, userId: randomUUID() }, proof)).toBeNull()
  expect(proofs.read({ ...who, scheduleId: randomUUID() }, proof)).toBeNull()
  expect(createEntryProofs([{ id: 'a', secret: randomBytes(32) }]).read(who, proof)).toBeNull()
})

test('a challenge changed in any character is not ours, so that nobody makes it easier', () => {
  const who = owner()
  const { challenge, nonces } = solve(proofs.ask(who, { bits: 8, nowMs }).challenge)
  for (const [index, was] of [...challenge].entries()) {
    const changed = `${challenge.slice(0, index)}${was === 'A' ? 'B' : 'A'}${challenge.slice(index + 1)}`
    expect(proofs.read(who, { challenge: changed, nonces })).toBeNull()
  }
})

test('a place’s ticket is no challenge, and a challenge is no ticket, although both come from the same keys', () => {
  const who = owner()
  const tickets = createPlaceTickets(keys)
  const ticket = tickets.sign(who, { epochUs: 1, scoreUs: 2, atMs: nowMs })
  expect(proofs.read(who, solve(ticket))).toBeNull()
  const { challenge } = proofs.ask(who, { bits: 8, nowMs })
  expect(tickets.read(who, challenge)).toBeNull()
  // Not for its content alone: as a text of the keys themselves it is not signed at all.
  expect(createSignedTexts(keys).read(challenge)).toBeUndefined()
})

test('too little work is no work, in whichever part it is missing', () => {
  const who = owner()
  const asked = proofs.ask(who, { bits: 12, nowMs })
  const full = solve(asked.challenge, 12)
  expect(proofs.read(who, full)).not.toBeNull()
  expect(proofs.read(who, solve(asked.challenge, 5))).toBeNull()
  for (const part of full.nonces.keys()) {
    const idle = [0, 1, 2, 3].find((nonce) => {
      const nonces = full.nonces.map((was, index) => (index === part ? nonce : was))
      return !isSolved({ challenge: asked.challenge, nonces }, 12, sha256)
    })
    const nonces = full.nonces.map((was, index) => (index === part ? (idle ?? -1) : was))
    expect(proofs.read(who, { challenge: asked.challenge, nonces })).toBeNull()
  }
  expect(proofs.read(who, { challenge: asked.challenge, nonces: full.nonces.slice(1) })).toBeNull()
})

test('after a change of the keys, what was asked for with the former one still counts', () => {
  const who = owner()
  const proof = solve(proofs.ask(who, { bits: 8, nowMs }).challenge)
  const changed = createEntryProofs([{ id: 'b', secret: randomBytes(32) }, ...keys])
  expect(changed.read(who, proof)).toBe(nowMs + 180_000)
})

test('the solver does the work that is asked, about 2^bits hashes, and gives up at its limit', () => {
  let hashes = 0
  const counting = (text: string) => {
    hashes += 1
    return sha256(text)
  }
  const rounds = 40
  for (let round = 0; round < rounds; round += 1) {
    const { challenge } = proofs.ask(owner(), { bits: 9, nowMs })
    const proof = solveProof({ challenge, difficultyBits: 9 }, counting)
    expect(proof !== null && isSolved(proof, 9, sha256)).toBe(true)
  }
  // 320 parts of 64 hashes on average: a third more or less would be six standard deviations.
  expect(hashes / rounds).toBeGreaterThan(512 * 0.66)
  expect(hashes / rounds).toBeLessThan(512 * 1.34)
  hashes = 0
  expect(solveProof({ challenge: 'a.b', difficultyBits: 24 }, counting, 1_000)).toBeNull()
  expect(hashes).toBe(1_000)
})

test('a puzzle is one block of SHA-256, whatever the nonce', () => {
  const { challenge } = proofs.ask(owner(), { bits: 8, nowMs })
  let longest = 0
  const measuring = (text: string) => {
    longest = Math.max(longest, Buffer.byteLength(text))
    return sha256(text)
  }
  isSolved({ challenge, nonces: Array(8).fill(999_999_999) }, 3, measuring)
  expect(longest).toBe(55)
})
