/** IPv4 and IPv6 literals as numbers: reading, writing, ranges, and which ones are this machine's own neighbourhood. */

/** An address: its family and its value, 32 or 128 bits. */
export interface Address {
  readonly family: 4 | 6
  readonly value: bigint
}

/** Reads a strict literal (RFC 4291 section 2.2 for IPv6, four decimal octets for IPv4); null when it is none. */
export function parseAddress(text: string): Address | null {
  const four = parseV4(text)
  if (four !== null) return { family: 4, value: four }
  const six = parseV6(text)
  return six === null ? null : { family: 6, value: six }
}

function parseV4(text: string): bigint | null {
  const octets = text.split('.')
  if (octets.length !== 4) return null
  let value = 0n
  for (const octet of octets) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(octet) || Number(octet) > 255) return null
    value = (value << 8n) | BigInt(octet)
  }
  return value
}

function parseV6(text: string): bigint | null {
  let body = text
  const tail = /^(.*:)([^:]*\.[^:]*)$/.exec(text)
  if (tail) {
    const four = parseV4(tail[2]!)
    if (four === null) return null
    body = `${tail[1]}${(four >> 16n).toString(16)}:${(four & 0xffffn).toString(16)}`
  }
  const halves = body.split('::')
  if (halves.length > 2) return null
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')))
  if (groups.flat().some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return null
  const given = groups.flat().length
  if (halves.length === 1 ? given !== 8 : given > 7) return null
  const [left, right = []] = groups
  const all = [...left!, ...Array<string>(8 - given).fill('0'), ...right]
  return all.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n)
}

/** Writes an address; IPv6 in the form of RFC 5952 section 4. */
export function formatAddress({ family, value }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16))
  let longest = { at: -1, length: 1 }
  for (let i = 0; i < 8; i++) {
    let length = 0
    while (i + length < 8 && groups[i + length] === '0') length++
    if (length > longest.length) longest = { at: i, length }
  }
  if (longest.at < 0) return groups.join(':')
  return `${groups.slice(0, longest.at).join(':')}::${groups.slice(longest.at + longest.length).join(':')}`
}

// Loopback, RFC 1918, link-local (RFC 3927), unspecified; for IPv6 loopback, unspecified, RFC 4193, link-local (RFC 4291).
const NEAR_V4 = ['0.0.0.0/32', '127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'].map(
  prefix,
)
const NEAR_V6 = ['::/128', '::1/128', 'fc00::/7', 'fe80::/10'].map(prefix)
const MAPPED = prefix('::ffff:0:0/96')
const LOOPBACK_V4 = prefix('127.0.0.0/8')

/**
 * True for a literal that cannot be a stranger's server: loopback, private, link-local or unspecified. Anything else, a name
 * included, is false. A zone (`fe80::1%lo`) is looked through.
 */
export function isLocalOrPrivate(ip: string): boolean {
  const address = parseAddress(ip.replace(/%.*$/, ''))
  if (address === null) return false
  if (address.family === 4) return NEAR_V4.some((near) => near(address.value))
  if (MAPPED(address.value)) return NEAR_V4.some((near) => near(address.value & 0xffff_ffffn))
  return NEAR_V6.some((near) => near(address.value))
}

/** True for what never leaves this machine: 127.0.0.0/8, ::1, and the name localhost (RFC 6761 section 6.3). */
export function isLoopback(host: string): boolean {
  if (/^localhost\.?$/i.test(host)) return true
  const address = parseAddress(host)
  if (address === null) return false
  if (address.family === 4) return LOOPBACK_V4(address.value)
  return address.value === 1n || (MAPPED(address.value) && LOOPBACK_V4(address.value & 0xffff_ffffn))
}

function prefix(text: string): (value: bigint) => boolean {
  const [ip, length] = text.split('/')
  const address = parseAddress(ip!)!
  const shift = BigInt((address.family === 4 ? 32 : 128) - Number(length))
  return (value) => value >> shift === address.value >> shift
}
