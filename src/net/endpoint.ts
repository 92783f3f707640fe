/** Where connections go once names are resolved: plain data, made on the main thread and handed to every worker. */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Target } from '../plan/plan.js'

export type Endpoint =
  | {
      readonly kind: 'tcp'
      readonly address: string
      readonly port: number
      readonly family: 4 | 6
      /** Looked up anew for each connection, in place of the address; absent: it is not. */
      readonly name?: string
    }
  | { readonly kind: 'unix'; readonly path: string }

/** A name or address that can't be used; `text` is in the resolver's words. */
export class ResolveError extends Error {
  readonly text: string

  constructor(text: string) {
    super(text)
    this.name = 'ResolveError'
    this.text = text
  }
}

/**
 * Resolves a target once, for all connections of a run: the first address that the resolver returns, as smtp-source does.
 * @throws ResolveError
 */
export async function resolveTarget(target: Target, family: 0 | 4 | 6): Promise<Endpoint> {
  if (target.kind === 'unix') return { kind: 'unix', path: target.path }
  const literal = isIP(target.host)
  if (literal !== 0) {
    if (family !== 0 && literal !== family) throw new ResolveError('Address family for hostname not supported')
    return { kind: 'tcp', address: target.host, port: target.port, family: literal as 4 | 6 }
  }
  try {
    const found = await lookup(target.host, { family, verbatim: true })
    return { kind: 'tcp', address: found.address, port: target.port, family: found.family as 4 | 6 }
  } catch (error) {
    throw new ResolveError(resolverWords((error as NodeJS.ErrnoException).code))
  }
}

/** The words of getaddrinfo(3) for its codes. */
function resolverWords(code: string | undefined): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'ENODATA':
      return 'Name or service not known'
    case 'EAI_AGAIN':
      return 'Temporary failure in name resolution'
    case 'EADDRFAMILY':
      return 'Address family for hostname not supported'
    default:
      return `cannot be resolved (${code ?? 'unknown error'})`
  }
}
