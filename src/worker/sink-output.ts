/** Where a sink worker's replies are put together before the one write that a read burst gets. */
import { performance } from 'node:perf_hooks'
import { SinkCounter } from '../measure/series.js'
import type { SinkRecorder } from '../measure/sink-recorder.js'
import type { Writer } from '../net/writer.js'
import type { Output } from '../smtp/server-output.js'
import { BYTES, ReplyBuffer } from './reply-buffer.js'
import type { SinkLink } from './sink-link.js'
import type { Waits } from './sink-waits.js'

/**
 * One for a thread. `flush` writes what has been put in to the current link; when the kernel does not take it at once, the
 * buffer stays with that link until it has drained, and another one takes its place here. Replies of a link that drips are
 * copied and leave piece by piece.
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
  waits: Waits<SinkLink>
  recorder: SinkRecorder | null

  constructor(writer: Writer, counters: Float64Array, waits: Waits<SinkLink>, recorder: SinkRecorder | null) {
    this.writer = writer
    this.counters = counters
    this.waits = waits
    this.recorder = recorder
    this.buffer = new ReplyBuffer()
    this.view = this.buffer.view
  }

  flush(): void {
    const length = this.length
    if (length === 0) return
    this.length = 0
    const link = this.link!
    if (this.recorder !== null) this.recorder.settle((performance.now() - link.readMs) * 1000)
    if (link.drip !== null) {
      link.drip.add(this.buffer.part(length))
      this.drop(link)
      return
    }
    this.counters[SinkCounter.bytesOut]! += length
    if (this.writer.write(link.socket, this.buffer.part(length))) return
    link.held.push(this.buffer)
    this.buffer = this.spare.pop() ?? new ReplyBuffer()
    this.view = this.buffer.view
  }

  /** What was put in is not said. */
  discard(): void {
    this.length = 0
    this.recorder?.discard()
  }

  /** Lets the next piece of a slow reply go, if there is one and its time has come. */
  drop(link: SinkLink): void {
    const drip = link.drip!
    if (!drip.ready || link.socket.destroyed) return
    const piece = drip.next()
    this.counters[SinkCounter.bytesOut]! += piece.length
    if (this.writer.write(link.socket, piece)) this.waits.set(drip.alarm, drip.everyMs)
    else drip.owned = true
  }

  /** The kernel has taken what was held longest: its buffer is free again, or the time to the next piece begins. */
  release(link: SinkLink): void {
    const drip = link.drip
    if (drip !== null) {
      drip.owned = false
      if (!link.socket.destroyed) this.waits.set(drip.alarm, drip.everyMs)
      return
    }
    const buffer = link.held.shift()
    if (buffer !== undefined && this.spare.length < SPARE) this.spare.push(buffer)
  }

  /** Whether all replies are in the kernel's hands. */
  isOut(link: SinkLink): boolean {
    return link.held.length === 0 && (link.drip === null || link.drip.done)
  }
}

/** Buffers kept for the next socket that does not drain. */
const SPARE = 64
