import { createHmac, createSecretKey } from 'node:crypto'
import { networkOf } from './domain/network-of.ts'
import { keysFor, type SigningKeys } from './signed-text.ts'

/** A name for the network of an address, the same at every replica. Without our keys nobody finds the address to it. */
export type NameNetwork = (address: string) => string

const nameBytes = 16

/** Names networks with the first of these keys. */
export function createNetworkNames(keys: SigningKeys): NameNetwork {
  const [first] = keysFor('queue network name', keys)
  if (first === undefined) throw new Error('there is no key to name networks with')
  const secret = createSecretKey(first.secret)
  return (address) =>
    createHmac('sha256', secret).update(networkOf(address)).digest().subarray(0, nameBytes).toString('base64url')
}
