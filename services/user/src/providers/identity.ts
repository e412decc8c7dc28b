import { request } from 'undici'
import { z } from 'zod'

export interface IdentityConfig {
  readonly baseUrl: string
  readonly apiSecret: string
  readonly storeId: string
  readonly timeoutMs: number
}

export interface VerifiedPerson {
  readonly name: string
  readonly phone: string | null
  /** The same for one person at every company: what makes one person one account (AUTH-004). */
  readonly ci: string
  readonly di: string | null
}

export type IdentityAnswer =
  | { readonly kind: 'verified'; readonly person: VerifiedPerson }
  | { readonly kind: 'notVerified' }
  | { readonly kind: 'unavailable' }

/** Reads an identity verification from PortOne. Reading may be repeated at will. */
export type ReadIdentity = (identityVerificationId: string) => Promise<IdentityAnswer>

const verifiedSchema = z.object({
  status: z.literal('VERIFIED'),
  id: z.string(),
  verifiedCustomer: z.object({
    name: z.string().min(1),
    phoneNumber: z.string().optional(),
    ci: z.string().min(1),
    di: z.string().min(1).optional(),
  }),
})
const answerSchema = z.looseObject({ status: z.string() })

/**
 * Gives the reader of PortOne V2 identity verifications. A verification without CI counts as not verified:
 * some agencies give none, and without it nobody could tell one person's two accounts apart.
 */
export const createIdentityReader =
  (config: IdentityConfig, onError: (error: unknown) => void): ReadIdentity =>
  async (identityVerificationId) => {
    try {
      const url = new URL(`${config.baseUrl}/identity-verifications/${encodeURIComponent(identityVerificationId)}`)
      url.searchParams.set('storeId', config.storeId)
      const response = await request(url, {
        headers: { authorization: `PortOne ${config.apiSecret}` },
        signal: AbortSignal.timeout(config.timeoutMs),
      })
      if (response.statusCode !== 200) await response.body.dump()
      if (response.statusCode === 404 || response.statusCode === 400) return { kind: 'notVerified' }
      if (response.statusCode !== 200) throw new Error(`PortOne answered ${response.statusCode}`)
      return judge(identityVerificationId, answerSchema.parse(await response.body.json()))
    } catch (error) {
      onError(error)
      return { kind: 'unavailable' }
    }
  }

const judge = (identityVerificationId: string, answer: unknown): IdentityAnswer => {
  const verified = verifiedSchema.safeParse(answer)
  if (!verified.success || verified.data.id !== identityVerificationId) return { kind: 'notVerified' }
  const { name, phoneNumber, ci, di } = verified.data.verifiedCustomer
  return { kind: 'verified', person: { name, phone: phoneNumber ?? null, ci, di: di ?? null } }
}
