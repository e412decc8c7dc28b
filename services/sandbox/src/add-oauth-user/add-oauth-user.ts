import { randomBytes, randomInt } from 'node:crypto'
import type { OauthUser } from '../domain/book-event.ts'
import { userKey } from '../store/book-state.ts'
import type { Books } from '../store/books.ts'

export interface AddUserDeps {
  readonly books: Books
  /** Unix ms. */
  readonly now: () => number
}

export type NewOauthUser = Omit<OauthUser, 'id' | 'connectedAt'> & { readonly id?: string | undefined }

/** Adds a person to one provider. An ID that is not given has the form the provider gives: Kakao's is a number. */
export function addOauthUser(deps: AddUserDeps, input: NewOauthUser): OauthUser | { refused: 'ID_TAKEN' } {
  const id = input.id ?? newId[input.provider]()
  if (deps.books.users.has(userKey(input.provider, id))) return { refused: 'ID_TAKEN' }
  deps.books.assertRoom()
  const user = { ...input, id, connectedAt: new Date(deps.now()).toISOString() }
  deps.books.record({ kind: 'user-added', user })
  return user
}

/** Gives each provider one person, where the books have none at all, so that a first sign-in works at once. */
export function addFirstUsers(deps: AddUserDeps): void {
  if (deps.books.users.size > 0) return
  for (const [provider, id] of [
    ['kakao', '1000000001'],
    ['naver', 'sandbox-naver-fan'],
    ['google', '100000000000000000001'],
  ] as const) {
    const email = `fan@${provider}.sandbox.test`
    addOauthUser(deps, { provider, id, email, emailVerified: true, name: '김샌드', nickname: 'fan', gender: 'U' })
  }
}

const newId: Record<OauthUser['provider'], () => string> = {
  kakao: () => String(randomInt(1_000_000_000, 9_999_999_999)),
  naver: () => randomBytes(32).toString('base64url'),
  google: () => `1${Array.from({ length: 20 }, () => randomInt(10)).join('')}`,
}
