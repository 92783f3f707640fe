/**
 * What the endpoint answers, whatever carries it: a request is a few texts, an answer a few more. Reading is open to whoever reaches the
 * address (loopback unless told otherwise); what changes the run needs the token that was printed at start.
 */
import { timingSafeEqual } from 'node:crypto'
import { type Exposition, exposition, formatFor } from './exposition.js'
import type { Family } from './families.js'

export interface Request {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** Of the query, `token` alone is looked at. */
  readonly token: string | null
  readonly accept: string
  /** The Authorization header; empty where there is none. */
  readonly authorization: string
  readonly body: string
}

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** Something that a client may read, and may change with the token. */
export interface Resource {
  /** The value as JSON would have it. */
  get(): unknown
  /** Takes a parsed body; gives, or resolves with, what is true then. Throws or rejects with one sentence for a body that will not do. */
  put?(body: unknown): unknown
  /** A deed without a body. */
  post?(): unknown
}

export interface RoutesOptions {
  /** Called at each scrape. */
  readonly families: () => readonly Family[]
  /** By the last part of the path: `state` is `/api/state`. */
  readonly resources: Readonly<Record<string, Resource>>
  readonly token: string
}

/** Largest body that is read, in octets: a policy is a few kilobytes. */
export const BODY_LIMIT = 1024 * 1024

/** Answers one request. Never rejects. */
export type Routes = (request: Request) => Promise<Answer>

export function makeRoutes(options: RoutesOptions): Routes {
  return async (request) => {
    try {
      return await answer(options, request)
    } catch (error) {
      return json(500, { error: error instanceof Error ? error.message : String(error) })
    }
  }
}

async function answer(options: RoutesOptions, request: Request): Promise<Answer> {
  if (request.path === '/metrics') {
    if (request.method !== 'GET') return notAllowed('GET')
    return metrics(await exposition(options.families(), formatFor(request.accept)))
  }
  const name = /^\/api\/([a-z-]+)$/.exec(request.path)?.[1]
  const resource = name === undefined || !Object.hasOwn(options.resources, name) ? undefined : options.resources[name]
  if (resource === undefined) {
    const known = ['/metrics', ...Object.keys(options.resources).map((key) => `/api/${key}`)]
    return json(404, { error: `${request.path} is not here; there is ${known.join(', ')}.` })
  }
  if (request.method === 'GET') return json(200, resource.get())
  const change = request.method === 'PUT' ? resource.put : request.method === 'POST' ? resource.post : undefined
  if (change === undefined) return notAllowed(methodsOf(resource).join(', '))
  if (!mayChange(request, options.token)) {
    return json(401, { error: 'This needs the token that was printed at start: Authorization: Bearer TOKEN.' })
  }
  return request.method === 'POST' ? json(200, resource.post!()) : put(resource, request.body)
}

async function put(resource: Resource, body: string): Promise<Answer> {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return json(400, { error: 'The body is no JSON.' })
  }
  try {
    return json(200, await resource.put!(parsed))
  } catch (error) {
    return json(400, { error: error instanceof Error ? error.message : String(error) })
  }
}

function methodsOf(resource: Resource): string[] {
  return ['GET', ...(resource.put ? ['PUT'] : []), ...(resource.post ? ['POST'] : [])]
}

function mayChange({ authorization, token }: Request, wanted: string): boolean {
  const given = /^Bearer (.+)$/i.exec(authorization)?.[1] ?? token ?? ''
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function metrics({ contentType, text }: Exposition): Answer {
  return { status: 200, contentType, body: text }
}

export function json(status: number, value: unknown): Answer {
  return { status, contentType: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` }
}

function notAllowed(methods: string): Answer {
  return json(405, { error: `Only ${methods} is possible here.` })
}
