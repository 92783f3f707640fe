/**
 * Who may ask. A browser on this machine reaches loopback on behalf of any page, so a request has to say that it means this endpoint: by a Host
 * that no name of the internet can stand for (DNS rebinding), and without the Origin of another page.
 */
import { isIP } from 'node:net'
import { type Answer, type Request, refusal } from './http.js'

export interface Guarded {
  /** The host that was named to listen on. */
  readonly host: string
  /** More names of it, the machine's own. */
  readonly names: readonly string[]
}

/** True for 127.0.0.0/8, ::1 and localhost: nobody else reaches it. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase()
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))
}

/** Null where the request may be answered; else why it is not. */
export function guard({ host, names }: Guarded, request: Request): Answer | null {
  // Who may be reached from elsewhere is scraped by whatever name Prometheus knows it by; figures alone are no secret.
  const scrape = request.path === '/metrics' && !isLoopback(host)
  if (!scrape && !meansUs(request.host, [host, ...names])) {
    return refusal(421, 'This Host is not known here; ask by address, as localhost, or by the host that was named.')
  }
  if (request.origin !== '' && hostOfOrigin(request.origin) !== request.host.toLowerCase()) {
    return refusal(403, 'Pages of other origins get no answer here.')
  }
  return null
}

/** A request without Host (HTTP/1.0) comes from no browser. */
function meansUs(header: string, names: readonly string[]): boolean {
  if (header === '') return true
  const name = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d+)?$/i.exec(header)?.[1]?.toLowerCase()
  if (name === undefined) return false
  const bare = name.startsWith('[') ? name.slice(1, -1) : name
  return isIP(bare) !== 0 || bare === 'localhost' || names.some((one) => one.toLowerCase() === bare)
}

function hostOfOrigin(origin: string): string | null {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase() ?? null
}
