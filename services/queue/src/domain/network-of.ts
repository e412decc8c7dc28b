const groupsInAddress = 8
const groupsInNetwork = 4

/**
 * What the devices of one connection have in common: an IPv4 address, and of an IPv6 address the first 64 bits, which one phone or
 * household has to itself (RFC 6177). An IPv4 address written as IPv6 (RFC 4291, 2.5.5.2) is the IPv4 address.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address
  const [front = '', back] = address.toLowerCase().replace(/%.*$/, '').split('::')
  const before = front === '' ? [] : front.split(':')
  const after = back === undefined || back === '' ? [] : back.split(':')
  const missing = back === undefined ? 0 : groupsInAddress - before.length - after.length
  const groups = [...before, ...Array<string>(Math.max(0, missing)).fill('0'), ...after]
  const network = groups.slice(0, groupsInNetwork).map((group) => group.replace(/^0+(?=.)/, ''))
  return `${network.join(':')}::/64`
}
