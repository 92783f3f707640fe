/**
 * What the endpoint answers, whatever carries it. Reading is open to whoever reaches the address (loopback unless told otherwise); what
 * changes the run needs the token that was printed at start.
 */
import { timingSafeEqual } from 'node:crypto'
import type { EventStreams } from './events.js'
import { exposition, formatFor } from './exposition.js'
import type { Family } from './families.js'
import { type Guarded, guard } from './guard.js'
import { type Answer, answerOf, json, notAllowed, type Request, refusal } from './http.js'
import { pageAnswerer } from './live-page.js'

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
  readonly guarded: Guarded
  /** What `/events` tells; null: there is none. */
  readonly events: EventStreams | null
  /** The live page; null: there is none. */
  readonly page: (() => string) | null
}

/** Answers one request. Never rejects. */
export type Routes = (request: Request) => Promise<Answer>

const READING = ['GET', 'HEAD'] as const
/** After how long a client that found no room may try again, in seconds. */
const RETRY_AFTER = '5'

export function makeRoutes(options: RoutesOptions): Routes {
  const page = options.page === null ? null : pageAnswerer(options.page)
  const readers: Record<string, (request: Request) => Answer | Promise<Answer>> = {
    '/metrics': ({ accept }) => metrics(options.families(), accept),
  }
  if (options.events !== null) readers['/events'] = (request) => eventsAnswer(options.events!, request)
  if (page !== null) readers['/'] = page
  const known = [...Object.keys(readers), ...Object.keys(options.resources).map((name) => `/api/${name}`)]

  const answer = (request: Request): Answer | Promise<Answer> => {
    const refused = guard(options.guarded, request)
    if (refused !== null) return refused
    const { path, method } = request
    const read = Object.hasOwn(readers, path) ? readers[path] : undefined
    if (read !== undefined) return isReading(method) ? read(request) : notAllowed(READING)
    const name = /^\/api\/([a-z-]+)$/.exec(path)?.[1]
    const resource = name !== undefined && Object.hasOwn(options.resources, name) ? options.resources[name] : undefined
    if (resource !== undefined) return use(resource, request, options.token)
    if (path === '/' && page === null) return refusal(404, `There is no live page here; there is ${known.join(', ')}.`)
    return refusal(404, `${path} is not here; there is ${known.join(', ')}.`)
  }

  return async (request) => {
    try {
      return await answer(request)
    } catch (error) {
      return refusal(500, error instanceof Error ? error.message : String(error))
    }
  }
}

async function metrics(families: readonly Family[], accept: string): Promise<Answer> {
  const { contentType, text } = await exposition(families, formatFor(accept))
  return answerOf(200, contentType, text, { vary: 'accept' })
}

function eventsAnswer(events: EventStreams, { lastEventId }: Request): Answer {
  if (events.full) {
    return refusal(503, 'As many clients as there may be follow the run already.', { 'retry-after': RETRY_AFTER })
  }
  return {
    ...answerOf(200, 'text/event-stream; charset=utf-8', '', { 'x-accel-buffering': 'no' }),
    stream: (outlet) => events.open(outlet, lastEventId),
  }
}

function use(resource: Resource, request: Request, token: string): Answer | Promise<Answer> {
  const { method } = request
  if (isReading(method)) return json(200, resource.get())
  const possible = (method === 'PUT' && resource.put) || (method === 'POST' && resource.post)
  if (!possible) {
    return notAllowed([...READING, ...(resource.put ? ['PUT'] : []), ...(resource.post ? ['POST'] : [])])
  }
  if (!mayChange(request, token)) {
    return refusal(401, 'This needs the token that was printed at start: Authorization: Bearer TOKEN.', {
      'www-authenticate': 'Bearer',
    })
  }
  return method === 'POST' ? json(200, resource.post!()) : put(resource, request.body)
}

async function put(resource: Resource, body: string): Promise<Answer> {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return refusal(400, 'The body is no JSON.')
  }
  try {
    return json(200, await resource.put!(parsed))
  } catch (error) {
    return refusal(400, error instanceof Error ? error.message : String(error))
  }
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

function mayChange({ authorization, token }: Request, wanted: string): boolean {
  const given = /^Bearer (.+)$/i.exec(authorization)?.[1] ?? token ?? ''
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}
