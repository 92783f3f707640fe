import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'
import { type Running, SINK, start } from './run-program.js'

export interface SinkWithMetrics {
  readonly running: Running
  /** Of the endpoint, without a path. */
  readonly url: string
  readonly token: string
  /** Where it takes mail. */
  readonly target: string
}

/** The program with an endpoint; where it listens and where it can be asked. */
export async function sinkWithMetrics(args: readonly string[] = []): Promise<SinkWithMetrics> {
  const running = start(SINK, ['--metrics', ':0', '--json', ...args, '127.0.0.1:0'])
  const lines = createInterface({ input: running.child.stderr! })[Symbol.asyncIterator]()
  const next = async (form: RegExp): Promise<string[]> => {
    const { value } = await lines.next()
    const found = form.exec(String(value))
    assert.ok(found, String(value))
    return found.slice(1)
  }
  const [url, token] = (await next(/^metrics on (http:\S+)\/metrics, live page on \S+\/#token=([0-9a-f]+)$/)) as [
    string,
    string,
  ]
  const [target] = (await next(/^listening on (\S+)$/)) as [string]
  return { running, url, token, target }
}
