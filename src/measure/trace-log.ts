/** Where a worker's blocks wait until they are taken: one array made before the run, emptied as a whole. What finds no room is counted. */
import { Head } from './trace-blocks.js'

export class TraceLog {
  /** Blocks that found no room, since the start. */
  lost = 0
  private readonly numbers: Float64Array
  private used = 0

  /** Room for so many numbers. */
  constructor(capacity: number) {
    this.numbers = new Float64Array(capacity)
  }

  /** Whether it is half full: time to take what there is. */
  get halfFull(): boolean {
    return this.used * 2 >= this.numbers.length
  }

  /** Copies one block, whose length stands in its head. False: there was no room for it. */
  append(block: Float64Array): boolean {
    const length = block[Head.length]!
    if (this.used + length > this.numbers.length) {
      this.lost++
      return false
    }
    for (let i = 0; i < length; i++) this.numbers[this.used + i] = block[i]!
    this.used += length
    return true
  }

  /** All blocks since the last time, in an array of their own; null: there are none. */
  take(): Float64Array | null {
    if (this.used === 0) return null
    const taken = this.numbers.slice(0, this.used)
    this.used = 0
    return taken
  }
}
