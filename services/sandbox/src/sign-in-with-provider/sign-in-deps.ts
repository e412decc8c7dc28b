import type { Provider } from '../domain/oauth-profile.ts'
import type { Books } from '../store/books.ts'
import type { SignIns } from '../store/sign-ins.ts'
import type { IdTokens } from './id-tokens.ts'

export interface SignInDeps {
  readonly books: Books
  readonly signIns: SignIns
  readonly idTokens: IdTokens
  readonly clients: Readonly<Record<Provider, { readonly id: string; readonly secret: string }>>
  /** Addresses a browser may be sent back to; none listed: any. */
  readonly redirectUris: readonly string[]
  /** Unix ms. */
  readonly now: () => number
}
