/** The lines of a recording, read back one by one, so that a long one needs no more memory than a short one. */
import { UsageError } from '../base/errors.js'
import type { RecordingLine } from '../measure/recording.js'

/** A recording that can be read, more than once. */
export interface RecordingSource {
  /** What it is called in sentences. */
  readonly name: string
  /** Its octets from the beginning, in pieces of any size; each is done with when the next is asked for. */
  open(): Iterable<Uint8Array>
}

const LINE_FEED = 0x0a

/** Its lines as they stand; the last one may be cut off, and is left out then. @throws UsageError for any other that is no line */
export function* linesOf({ name, open }: RecordingSource): Generator<RecordingLine> {
  let number = 0
  let held: Uint8Array[] = []
  const line = (octets: Uint8Array): RecordingLine => {
    number++
    try {
      const parsed = JSON.parse(Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString()) as unknown
      if (typeof parsed !== 'object' || parsed === null) throw new TypeError('it is no object')
      return parsed as RecordingLine
    } catch (error) {
      if (number === 1) throw new UsageError(`${name} is not a recording; give one made with --out ndjson.`)
      throw broken(name, number, error)
    }
  }
  for (const chunk of open()) {
    let at = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, at)) {
      yield line(Buffer.concat([...held, chunk.subarray(at, end)]))
      held = []
      at = end + 1
    }
    // A copy, which a Buffer's own slice is not: the piece may be filled anew.
    if (at < chunk.length) held.push(Uint8Array.from(chunk.subarray(at)))
  }
  if (number === 0) yield line(Buffer.concat(held))
}

/** What its first line is, and the same recording to be read from there: a pipe can be read only once. @throws UsageError when it is no recording */
export function begun(source: RecordingSource): {
  readonly kind: RecordingLine['kind']
  readonly source: RecordingSource
} {
  const pieces = source.open()[Symbol.iterator]()
  const held: Uint8Array[] = []
  while (!held.at(-1)?.includes(LINE_FEED)) {
    const { value, done } = pieces.next()
    if (done) break
    // A copy, as above.
    held.push(Uint8Array.from(value))
  }
  const { name } = source
  const { kind } = linesOf({ name, open: () => held }).next().value as RecordingLine
  let first = true
  function* open(): Generator<Uint8Array> {
    if (!first) return yield* source.open()
    first = false
    yield* held
    yield* { [Symbol.iterator]: () => pieces }
  }
  return { kind, source: { name, open } }
}

/** A line that cannot be. */
export function broken(name: string, line: number, error: unknown): UsageError {
  return new UsageError(`${name}: line ${line} is broken (${error instanceof Error ? error.message : String(error)}).`)
}
