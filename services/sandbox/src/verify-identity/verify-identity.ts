import { randomBytes, randomUUID } from 'node:crypto'
import type { Verification } from '../domain/book-event.ts'
import type { Books } from '../store/books.ts'

export interface VerifyIdentityDeps {
  readonly books: Books
  readonly storeId: string
  /** Unix ms. */
  readonly now: () => number
}

/** Who goes through identity verification and how it ends. `di: null` leaves it out, as KG Inicis does. */
export interface IdentityInput {
  readonly identityVerificationId?: string | undefined
  readonly status: Verification['status']
  readonly name: string
  readonly phone: string
  readonly birthDate: string
  readonly gender: Verification['gender']
  readonly operator: Verification['operator']
  readonly isForeigner: boolean
  readonly ci?: string | null | undefined
  readonly di?: string | null | undefined
}

/** Does what a person does in the verification window. A ci that is not given is drawn: 88 characters, as real ones have. */
export function verifyIdentity(
  deps: VerifyIdentityDeps,
  input: IdentityInput,
): { identityVerificationId: string } | { refused: 'ID_TAKEN' } {
  const id = input.identityVerificationId ?? `identity-verification-${randomUUID()}`
  if (deps.books.verifications.has(id)) return { refused: 'ID_TAKEN' }
  deps.books.assertRoom()
  const ci = input.ci === undefined ? randomBytes(64).toString('base64') : input.ci
  const di = input.di === undefined ? randomBytes(48).toString('base64') : input.di
  const verification: Verification = {
    id,
    status: input.status,
    name: input.name,
    phoneNumber: input.phone.replaceAll(/\D/g, ''),
    birthDate: input.birthDate,
    gender: input.gender,
    operator: input.operator,
    isForeigner: input.isForeigner,
    ...(ci === null ? {} : { ci }),
    ...(di === null ? {} : { di }),
    pgTxId: `sandbox${randomUUID().replaceAll('-', '')}`,
    at: new Date(deps.now()).toISOString(),
  }
  deps.books.record({ kind: 'verified', verification })
  return { identityVerificationId: id }
}

/** PortOne's IdentityVerification by status, or null when there is none with this ID. */
export function findVerification(deps: VerifyIdentityDeps, id: string): Record<string, unknown> | null {
  const verification = deps.books.verifications.get(id)
  if (!verification) return null
  const { status, at, pgTxId } = verification
  const head = { status, id, channel, requestedAt: at, updatedAt: at, statusChangedAt: at, version: 'V2', pgTxId }
  if (status === 'VERIFIED') {
    return { ...head, verifiedCustomer: verifiedCustomer(verification), verifiedAt: at, pgRawResponse: '{}' }
  }
  const { name, phoneNumber } = verification
  const [birthYear, birthMonth, birthDay] = verification.birthDate.split('-')
  const requested = { ...head, requestedCustomer: { name, phoneNumber, birthYear, birthMonth, birthDay } }
  if (status === 'READY') return requested
  return { ...requested, failure: { reason: '본인인증에 실패했습니다.', pgCode: '9999', pgMessage: '인증 실패' } }
}

const channel = {
  type: 'TEST',
  id: 'channel-id-identity',
  key: 'channel-identity',
  name: 'sandbox',
  pgProvider: 'DANAL',
  pgMerchantId: 'sandbox-merchant',
}

function verifiedCustomer(verification: Verification) {
  const { name, operator, phoneNumber, birthDate, gender, isForeigner, ci, di } = verification
  return { id: verification.id, name, operator, phoneNumber, birthDate, gender, isForeigner, ci, di }
}
