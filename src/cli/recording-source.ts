/** Recordings on disk, for the reader. */
import { closeSync, openSync, readSync } from 'node:fs'
import { UsageError } from '../base/errors.js'
import type { RecordingSource } from '../report/recording-lines.js'
import { reasonOf } from './read-file.js'

const PIECE = 1 << 16

/** The file, read piece by piece. Opening it throws UsageError where it cannot be read. */
export function recordingOf(path: string): RecordingSource {
  return { name: path, open: () => pieces(path) }
}

function* pieces(path: string): Generator<Uint8Array> {
  const fail = (error: unknown) =>
    new UsageError(`cannot read '${path}' (${reasonOf(error)}); give a recording made with --out ndjson.`)
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    throw fail(error)
  }
  const piece = Buffer.alloc(PIECE)
  try {
    for (;;) {
      let read: number
      try {
        read = readSync(file, piece, 0, PIECE, null)
      } catch (error) {
        throw fail(error)
      }
      if (read === 0) return
      yield piece.subarray(0, read)
    }
  } finally {
    closeSync(file)
  }
}
