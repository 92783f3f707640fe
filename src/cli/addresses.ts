/** The list of --source-ip, spread out. */
import { UsageError } from '../base/errors.js'
import { formatAddress, parseAddress } from '../plan/address.js'

/** More source addresses than this are a slip of the keyboard. */
const MOST = 65_536

/** Spreads `127.0.0.1-127.0.0.9` and leaves single addresses; in canonical form, in the order given, each once. */
export function spreadAddresses(items: readonly string[], option: string): string[] {
  const all = new Set<string>()
  for (const item of items.map((text) => text.trim())) {
    const [from = '', to = from, ...more] = item.split('-')
    const first = parseAddress(unbracketed(from))
    const last = parseAddress(unbracketed(to))
    if (!first || !last || more.length > 0) {
      throw new UsageError(
        `${option}: '${item}' is no address; give addresses such as 127.0.0.1, ::1 or 127.0.0.1-127.0.0.9, with commas between.`,
      )
    }
    if (first.family !== last.family || last.value < first.value) {
      throw new UsageError(`${option}: '${item}' is no range; give the lower address first, both of one family.`)
    }
    if (last.value - first.value >= BigInt(MOST - all.size)) {
      throw new UsageError(`${option}: ${item} makes too many addresses; give at most ${MOST}.`)
    }
    for (let value = first.value; value <= last.value; value++) all.add(formatAddress({ family: first.family, value }))
  }
  return [...all]
}

/** The shortest list that spreads to the same addresses. */
export function gatherAddresses(ips: readonly string[]): string {
  const parts: string[] = []
  for (let i = 0; i < ips.length; ) {
    const first = parseAddress(ips[i]!)
    let end = i
    while (first && end + 1 < ips.length) {
      const next = parseAddress(ips[end + 1]!)
      if (next?.family !== first.family || next.value !== first.value + BigInt(end + 1 - i)) break
      end++
    }
    parts.push(end > i ? `${ips[i]}-${ips[end]}` : ips[i]!)
    i = end + 1
  }
  return parts.join(',')
}

function unbracketed(text: string): string {
  return /^\[.*\]$/.test(text) ? text.slice(1, -1) : text
}
