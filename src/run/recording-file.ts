/** A recording on disk. What is written is with the system at once, so that it outlives this process; an error of the disk ends the recording, not the run. */
import { createWriteStream, type WriteStream } from 'node:fs'
import type { RecordingLine } from '../measure/recording.js'
import type { RecordingTarget } from './recording.js'

/** Octets that may wait for a slow disk; a second of a run is some 10 kB. */
const MOST_WAITING = 16 << 20

export class RecordingFile implements RecordingTarget {
  readonly path: string
  #stream: WriteStream | null = null
  readonly #mostWaiting: number
  #trouble: string | null = null

  /** The file is made, or emptied, with the first lines. */
  constructor(path: string, mostWaiting = MOST_WAITING) {
    this.path = path
    this.#mostWaiting = mostWaiting
  }

  get trouble(): string | null {
    return this.#trouble
  }

  write(lines: readonly RecordingLine[]): void {
    if (this.#trouble !== null || lines.length === 0) return
    this.#stream ??= createWriteStream(this.path).on('error', (error) => this.#give(error.message))
    if (this.#stream.writableLength > this.#mostWaiting) return this.#give('the disk is too slow')
    this.#stream.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  }

  /** Resolves when all is written, or will never be. */
  close(): Promise<void> {
    const stream = this.#stream
    return new Promise((resolve) => {
      if (stream === null || stream.closed) return resolve()
      stream.once('close', resolve)
      stream.end()
    })
  }

  #give(why: string): void {
    this.#trouble ??= `the recording '${this.path}' is not whole (${why})`
  }
}
