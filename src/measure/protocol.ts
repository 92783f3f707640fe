/**
 * All that a source or sink worker ever says to the main thread, besides the Board. Nothing here is sent per message: a line when something is
 * seen for the first time, one at the end, and about once a second what was written down of connections that are followed, where somebody asked.
 */
import type { MischiefTold } from './mischief.js'
import type { Phase } from './series.js'

/** A reply code seen for the first time after a verb; its count and times are in the row's slot. */
export interface ReplySighted {
  readonly kind: 'reply'
  readonly worker: number
  readonly slot: number
  readonly phase: Phase
  readonly code: number
  /** Cleaned text of that first reply, without the code; control and 8-bit octets as `?`, at most 200 characters. */
  readonly sample: string
}

/** A failure seen for the first time at a stage. */
export interface ErrorSighted {
  readonly kind: 'error'
  readonly worker: number
  readonly slot: number
  readonly phase: Phase
  /** An ErrorKind's words. */
  readonly error: string
  readonly sample: string
}

/** The worker cannot go on and says why in one sentence; `exit` is the status the program should end with. */
export interface WorkerFatal {
  readonly kind: 'fatal'
  readonly worker: number
  readonly text: string
  readonly exit: number
}

/** Something about the run that its summary should say; one sentence. */
export interface WorkerNote {
  readonly kind: 'note'
  readonly worker: number
  readonly text: string
}

/** A sink worker listens. */
export interface SinkListening {
  readonly kind: 'listening'
  readonly worker: number
  readonly port: number
}

/** A sink worker goes by the policy it was sent, from the next command on. */
export interface PolicyTaken {
  readonly kind: 'policy'
  readonly worker: number
  readonly round: number
}

/** What a source worker wrote down of the connections it follows, about once a second. */
export interface TraceBatch {
  readonly kind: 'traces'
  readonly worker: number
  /** Blocks as in `trace-blocks.ts`. */
  readonly records: Float64Array
  /** Blocks that found no room, and connections that were drawn but could not be followed, since the start. */
  readonly lost: number
  /** Where the connections go: an address, or a path; the port is null with a unix socket. */
  readonly peer: { readonly address: string; readonly port: number | null }
}

export type WorkerMessage =
  | ReplySighted
  | ErrorSighted
  | WorkerFatal
  | WorkerNote
  | MischiefTold
  | SinkListening
  | PolicyTaken
  | TraceBatch
