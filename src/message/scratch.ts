/** Memory that writes are put together in. */

/** Lengths whose views are kept; beyond, a view is made for each write. */
const VIEWS = 4096

/** A buffer that is filled from its beginning, and the views that writes of each length need, made once. */
export class Scratch {
  readonly buffer: Buffer
  private readonly views = new Map<number, Buffer>()

  constructor(size: number) {
    this.buffer = Buffer.allocUnsafeSlow(size)
  }

  /** The first `length` octets. */
  upTo(length: number): Buffer {
    let view = this.views.get(length)
    if (view === undefined) {
      view = this.buffer.subarray(0, length)
      if (this.views.size < VIEWS) this.views.set(length, view)
    }
    return view
  }
}

/** What one write is made of: octets put together, a body that is not copied, octets behind it. The last write may still own it. */
export class Flight {
  readonly front: Scratch
  readonly back: Scratch
  at = 0
  backAt = 0
  /** The body between them; none: null. */
  body: readonly Buffer[] | null = null
  /** One list for each number of buffers. */
  private readonly lists: Buffer[][] = []

  constructor(frontSize: number, backSize: number) {
    this.front = new Scratch(frontSize)
    this.back = new Scratch(backSize)
  }

  begin(): void {
    this.at = 0
    this.backAt = 0
    this.body = null
  }

  /** All of it, valid until the next `begin`. */
  wire(): Buffer | Buffer[] {
    const { body } = this
    if (body === null) return this.front.upTo(this.at)
    const lead = this.at > 0 ? 1 : 0
    const count = lead + body.length + (this.backAt > 0 ? 1 : 0)
    const list = this.lists[count] ?? this.newList(count)
    if (lead > 0) list[0] = this.front.upTo(this.at)
    for (let i = 0; i < body.length; i++) list[i + lead] = body[i]!
    if (this.backAt > 0) list[count - 1] = this.back.upTo(this.backAt)
    return list
  }

  /** Not made in `wire`: for a function that may make a closure V8 sets a context up at each call. */
  private newList(count: number): Buffer[] {
    const list = new Array<Buffer>(count).fill(this.front.buffer)
    this.lists[count] = list
    return list
  }
}
