/** A collector: takes OTLP over HTTP, decodes it strictly, and behaves as it is told. */
import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeMetrics, decodeTraces, type ReceivedPoint, type ReceivedSpan } from './otlp-proto.js'

/** What it answers to a request: a status, and a body. */
export type Manners = (path: string, nth: number, response: ServerResponse) => void

const OBLIGING: Manners = (_, __, response) => {
  response.setHeader('content-type', 'application/json').end('{}')
}

export class OtlpReceiver implements AsyncDisposable {
  readonly spans: ReceivedSpan[] = []
  /** The points of each request. */
  readonly exports: ReceivedPoint[][] = []
  readonly headers: IncomingHttpHeaders[] = []
  readonly paths: string[] = []
  /** What could not be decoded. */
  readonly faults: unknown[] = []
  readonly #server: Server
  readonly #manners: Manners

  private constructor(manners: Manners) {
    this.#manners = manners
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('error', () => {})
      request.on('end', () => {
        const path = request.url!
        try {
          assert.equal(request.method, 'POST')
          assert.equal(request.headers['content-type'], 'application/json')
          this.#take(path, JSON.parse(Buffer.concat(chunks).toString()))
        } catch (error) {
          this.faults.push(error)
        }
        this.headers.push(request.headers)
        this.paths.push(path)
        this.#manners(path, this.paths.filter((one) => one === path).length, response)
      })
    })
  }

  static async start(manners: Manners = OBLIGING): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver(manners)
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve))
    return receiver
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Points of the last request with metrics. */
  get last(): readonly ReceivedPoint[] {
    return this.exports.at(-1) ?? []
  }

  /** The value of one series in the last request. */
  value(name: string, attributes: { readonly [key: string]: string } = {}): number {
    return point(this.last, name, attributes).value
  }

  /** Everything that came could be decoded. */
  check(): void {
    assert.deepEqual(this.faults, [])
  }

  #take(path: string, json: unknown): void {
    if (path.endsWith('/v1/traces')) this.spans.push(...decodeTraces(json))
    else if (path.endsWith('/v1/metrics')) this.exports.push(decodeMetrics(json))
    else assert.fail(`nobody asks for ${path}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** The one series of that name with those attributes. */
export function point(
  points: readonly ReceivedPoint[],
  name: string,
  attributes: { readonly [key: string]: string } = {},
): ReceivedPoint {
  const found = points.filter(
    (one) => one.name === name && Object.entries(attributes).every(([key, value]) => one.attributes[key] === value),
  )
  assert.equal(found.length, 1, `${name} ${JSON.stringify(attributes)}`)
  return found[0]!
}
