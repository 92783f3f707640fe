/** All shared memory of a receiver model: how many connections there are, and tables of clients, buckets and triplets. */
import { ModelTable, tableOctets } from './model-table.js'

/** Words at the beginning: connections in all, and one to keep what follows aligned. */
const HEAD = 8

/** 33 octets an entry and table: with 65,536 entries 6.5 MB of address space, of which the system gives what is touched. */
export function memoryOctets(entries: number): number {
  return HEAD + 3 * tableOctets(entries)
}

/** One thread's view of it. */
export class ModelMemory {
  readonly shared: SharedArrayBuffer
  readonly entries: number
  /** [0]: connections open now. */
  readonly head: Int32Array
  /** Per client address: how many of its connections are open. */
  readonly clients: ModelTable
  /** Per limit and whom it is for: tokens. */
  readonly buckets: ModelTable
  /** Per triplet: when it was seen first. */
  readonly triplets: ModelTable

  constructor(shared: SharedArrayBuffer, entries: number) {
    this.shared = shared
    this.entries = entries
    this.head = new Int32Array(shared, 0, 2)
    const octets = tableOctets(entries)
    this.clients = new ModelTable(shared, HEAD, entries)
    this.buckets = new ModelTable(shared, HEAD + octets, entries)
    this.triplets = new ModelTable(shared, HEAD + 2 * octets, entries)
  }
}

/** New, empty memory for a policy of so many `entries`; hand the buffer to every thread. */
export function makeModelMemory(entries: number): SharedArrayBuffer {
  return new SharedArrayBuffer(memoryOctets(entries))
}
