/** What is to be watched, as it is typed: a process by its number, its port, its socket or its name. */
import { UsageError } from '../base/errors.js'
import { formatAddress, parseAddress } from '../plan/address.js'

export type WatchTarget =
  | { readonly kind: 'pid'; readonly pid: number; readonly text: string }
  /** `address` in canonical form; null: whoever listens on the port. */
  | { readonly kind: 'port'; readonly port: number; readonly address: string | null; readonly text: string }
  | { readonly kind: 'path'; readonly path: string; readonly text: string }
  | { readonly kind: 'name'; readonly name: string; readonly text: string }

export const WATCH_TARGETS =
  'a process number (1234), a port (:25 or 127.0.0.1:25), a socket (unix:/path) or a name (smtpd)'

/**
 * Reads `1234` or `pid:1234`; `:25`, `port:25`, `tcp:25`, `127.0.0.1:25`, `[::1]:25` or `localhost:25`; `unix:/path`; and `smtpd` or `name:smtpd`.
 * A number alone is a process, never a port.
 * @throws UsageError that begins with `label`
 */
export function parseWatchTarget(text: string, label: string): WatchTarget {
  const wrong = (why: string) => new UsageError(`${label} '${text}' ${why}; give ${WATCH_TARGETS}.`)
  const [, pid] = /^(?:pid:)?(\d+)$/.exec(text) ?? []
  if (pid !== undefined) {
    const number = Number(pid)
    if (number < 1 || number > 0x7fff_ffff) throw wrong('is no process number')
    return { kind: 'pid', pid: number, text }
  }
  const [, path] = /^unix:(.*)$/s.exec(text) ?? []
  if (path !== undefined) {
    if (!path.startsWith('/')) throw wrong('is no socket, which begins with a slash')
    return { kind: 'path', path, text }
  }
  const [, name] = /^name:(.+)$/s.exec(text) ?? []
  if (name !== undefined) return { kind: 'name', name, text }
  const [, host, digits] = /^(.*):([^:]*)$/s.exec(text) ?? []
  if (digits !== undefined) {
    const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0
    if (port < 1 || port > 65_535) throw wrong('has no port from 1 to 65535')
    if (['', '*', 'port', 'tcp', 'inet'].includes(host!)) return { kind: 'port', port, address: null, text }
    const address = parseAddress(
      /^\[.*\]$/.test(host!) ? host!.slice(1, -1) : host === 'localhost' ? '127.0.0.1' : host!,
    )
    if (address === null) throw wrong('names no address of this machine')
    return { kind: 'port', port, address: formatAddress(address), text }
  }
  if (text === '' || /[\s\0]/.test(text)) throw wrong('is nothing that could be watched')
  return { kind: 'name', name: text, text }
}

/** The port that it names; none for the other forms. */
export function portsMeant(target: WatchTarget): ReadonlySet<number> {
  return new Set(target.kind === 'port' ? [target.port] : [])
}
