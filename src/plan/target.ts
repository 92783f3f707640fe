/**
 * Endpoint syntax: Postfix's `host`, `host:port`, `[v6]:port`, `inet:…`, `unix:/path`, and smtp:// and lmtp:// URLs. Nothing is
 * resolved here. The refusals are Postfix's own words, so that the drop-in door can print them as they are.
 */
import { UsageError } from '../base/errors.js'
import { addressProblem, ipv6Problem, isHostOrAddress } from './hostname.js'
import type { Target } from './plan.js'

export { isLocalOrPrivate } from './address.js'

/** sun_path holds 108 octets, the closing NUL included. */
const UNIX_PATH_MAX = 107

/** An endpoint that cannot be used. */
export class TargetError extends Error {
  /** The bare reason, for example `missing "]"`. */
  readonly text: string
  /** The endpoint as Postfix quotes it, without `inet:`; null where it quotes none. */
  readonly operand: string | null

  constructor(text: string, operand: string | null) {
    super(operand === null ? text : `${operand}: ${text}`)
    this.name = 'TargetError'
    this.text = text
    this.operand = operand
  }
}

/** Finds the TCP port of a service name, as /etc/services has it; null: unknown. */
export type LookupService = (name: string) => number | null

const SERVICES: Readonly<Record<string, number>> = {
  smtp: 25,
  mail: 25,
  lmtp: 24,
  submission: 587,
  submissions: 465,
  smtps: 465,
}

/** The mail services everyone knows, for where there is no /etc/services. */
export const builtinService: LookupService = (name) => (Object.hasOwn(SERVICES, name) ? SERVICES[name]! : null)

/**
 * Reads a target: Postfix's forms and the URLs `smtp://host[:port]`, `smtps://host[:port]` (port 465), `lmtp://host[:port]` and `lmtp:///path/of/socket`. Throws
 * TargetError for a malformed one, UsageError for a URL that asks for what there is not.
 */
export function parseTarget(text: string, defaultPort = 25, lookupService: LookupService = builtinService): Target {
  const url = splitUrl(text)
  if (url === null) return parsePostfixTarget(text, defaultPort, lookupService)
  return urlTarget(url, text, url.tls ? 465 : defaultPort, lookupService)
}

/** What the URL's scheme says about the conversation; null when the target is no URL. */
export function targetProtocol(text: string): 'smtp' | 'lmtp' | null {
  return splitUrl(text)?.protocol ?? null
}

/** Whether it is an smtps:// URL: TLS from the first octet. */
export function isSmtps(text: string): boolean {
  return splitUrl(text)?.tls ?? false
}

/** Postfix's forms only; `smtp://x` is host `smtp` with an odd service here. */
export function parsePostfixTarget(
  text: string,
  defaultPort = 25,
  lookupService: LookupService = builtinService,
): Target {
  if (text.startsWith('unix:')) return unixTarget(text.slice(5), text)
  return inetTarget(text.startsWith('inet:') ? text.slice(5) : text, text, defaultPort, lookupService)
}

/**
 * Reads what a sink listens on: `:port` or a bare `port` (every address: host is ''), `host:port`, `[v6]:port`, `inet:…`,
 * `unix:/path`, smtp://, smtps:// and lmtp:// URLs. There is no default port except with a URL; port 0 lets the system choose.
 */
export function parseListen(text: string, lookupService: LookupService = builtinService): Target {
  const url = splitUrl(text)
  if (url !== null) return urlTarget(url, text, url.tls ? 465 : 25, lookupService)
  return parsePostfixListen(text, lookupService)
}

/** Postfix's forms only. */
export function parsePostfixListen(text: string, lookupService: LookupService = builtinService): Target {
  if (text.startsWith('unix:')) return unixTarget(text.slice(5), text)
  const operand = text.startsWith('inet:') ? text.slice(5) : text
  const { host, service, bracketed } = splitHostPort(operand, 'service')
  if (service === '') throw new TargetError('missing service information', operand)
  return finish(host, service, bracketed || host !== '', operand, text, lookupService)
}

/** Refuses a literal of the family that was not asked for, in the resolver's words. Names pass. */
export function checkFamily(target: Target, family: 0 | 4 | 6): void {
  if (target.kind === 'unix' || family === 0 || target.host === '' || addressProblem(target.host) !== null) return
  if ((target.host.includes(':') ? 6 : 4) === family) return
  throw new TargetError('Address family for hostname not supported', operandOf(target))
}

/** The target as Postfix quotes it in diagnostics. */
export function operandOf(target: Target): string {
  return target.kind === 'inet' && target.text.startsWith('inet:') ? target.text.slice(5) : target.text
}

interface Url {
  readonly protocol: 'smtp' | 'lmtp'
  readonly tls: boolean
  readonly rest: string
  /** A unix socket's path; null: `rest` is host and port. */
  readonly path: string | null
}

/** Throws UsageError for a scheme that there is not. */
function splitUrl(text: string): Url | null {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text)
  if (!match) return null
  const scheme = match[1]!.toLowerCase()
  const rest = match[2]!
  if (scheme !== 'smtp' && scheme !== 'smtps' && scheme !== 'lmtp')
    throw new UsageError(`${text}: unknown scheme '${scheme}'; give smtp://, smtps://, lmtp:// or host:port.`)
  const url = { protocol: scheme === 'lmtp' ? scheme : 'smtp', tls: scheme === 'smtps' } as const
  if (rest.startsWith('/') && rest.length > 1) return { ...url, rest, path: rest }
  const host = rest.replace(/\/$/, '')
  if (/[/?#@]/.test(host))
    throw new UsageError(`${text}: a target has a host and a port only; give ${scheme}://host:port.`)
  return { ...url, rest: host, path: null }
}

function urlTarget(url: Url, text: string, defaultPort: number, lookupService: LookupService): Target {
  if (url.path !== null) return unixTarget(url.path, text)
  return inetTarget(url.rest, text, url.protocol === 'lmtp' ? 24 : defaultPort, lookupService)
}

function unixTarget(path: string, text: string): Target {
  if (Buffer.byteLength(path) > UNIX_PATH_MAX) throw new TargetError(`unix-domain name too long: ${path}`, null)
  return { kind: 'unix', path, text }
}

function inetTarget(operand: string, text: string, defaultPort: number, lookupService: LookupService): Target {
  const { host, service, bracketed } = splitHostPort(operand, 'host')
  if (host === '' && !bracketed) throw new TargetError('missing host information', operand)
  return finish(host, service === '' ? String(defaultPort) : service, true, operand, text, lookupService)
}

/** Cuts `[host]:service` or, at the last colon, `host:service`; a lone word is what `lone` says. */
function splitHostPort(
  operand: string,
  lone: 'host' | 'service',
): { host: string; service: string; bracketed: boolean } {
  if (operand.startsWith('[')) {
    const close = operand.indexOf(']')
    if (close < 0) throw new TargetError('missing "]"', operand)
    const after = operand.slice(close + 1)
    if (after !== '' && !after.startsWith(':')) throw new TargetError('garbage after "]"', operand)
    let host = operand.slice(1, close)
    if (/^ipv6:/i.test(host)) {
      host = host.slice(5)
      if (ipv6Problem(host) !== null) throw new TargetError('malformed IPv6 address', operand)
    }
    return { host, service: after.slice(1), bracketed: true }
  }
  const colon = operand.lastIndexOf(':')
  if (colon >= 0) return { host: operand.slice(0, colon), service: operand.slice(colon + 1), bracketed: false }
  return lone === 'host'
    ? { host: operand, service: '', bracketed: false }
    : { host: '', service: operand, bracketed: false }
}

function finish(
  host: string,
  service: string,
  checkHost: boolean,
  operand: string,
  text: string,
  lookupService: LookupService,
): Target {
  if (checkHost && !isHostOrAddress(host)) throw new TargetError('valid hostname or network address required', operand)
  if (/^\d/.test(service) && !/^\d+$/.test(service)) throw new TargetError('garbage after numerical service', operand)
  const port = numericService(service) ?? lookupService(service)
  if (port === null) throw new TargetError('Servname not supported for ai_socktype', operand)
  return { kind: 'inet', host, port, text }
}

/**
 * The resolver's reading of a numeric service: C's strtoul to 64 bits, kept to 32; negative ones are taken for names, the
 * rest modulo 65536. So `99999` is 34463, `+1` and ` 1` are 1, and `-1` is no port.
 */
function numericService(service: string): number | null {
  const match = /^[ \t\n\v\f\r]*([+-]?)(\d+)$/.exec(service)
  if (!match) return null
  const most = 2n ** 64n - 1n
  const digits = BigInt(match[2]!)
  const wide = digits > most ? most : match[1] === '-' ? -digits : digits
  const narrow = Number(BigInt.asIntN(32, wide))
  return narrow < 0 ? null : narrow % 65536
}
