/** Where a sink worker's replies are put together before the one write that a read burst gets. */
import { SinkCounter } from '../measure/series.js'
import type { Writer } from '../net/writer.js'
import type { Output } from '../smtp/server-output.js'
import { BYTES, ReplyBuffer } from './reply-buffer.js'
import type { SinkLink } from './sink-link.js'

/**
 * One for a thread. `flush` writes what has been put in to the current link; when the kernel does not take it at once, the
 * buffer stays with that link until it has drained, and another one takes its place here.
 */
export class SinkOutput implements Output {
  view: DataView
  readonly size = BYTES
  length = 0
  link: SinkLink | null = null
  buffer: ReplyBuffer
  spare: ReplyBuffer[] = []
  writer: Writer
  counters: Float64Array

  constructor(writer: Writer, counters: Float64Array) {
    this.writer = writer
    this.counters = counters
    this.buffer = new ReplyBuffer()
    this.view = this.buffer.view
  }

  flush(): void {
    const length = this.length
    if (length === 0) return
    this.length = 0
    this.counters[SinkCounter.bytesOut]! += length
    const link = this.link!
    if (this.writer.write(link.socket, this.buffer.part(length))) return
    link.held.push(this.buffer)
    this.buffer = this.spare.pop() ?? new ReplyBuffer()
    this.view = this.buffer.view
  }

  /** The oldest buffer that `link` holds is free again. */
  release(link: SinkLink): void {
    const buffer = link.held.shift()
    if (buffer !== undefined && this.spare.length < SPARE) this.spare.push(buffer)
  }
}

/** Buffers kept for the next socket that does not drain. */
const SPARE = 64
