/** One call that waits: a pause between messages, a hold, or the wait before a session's next connection. */
export class Later {
  private readonly owner: object
  private method: () => void = nothing
  private timer: NodeJS.Timeout | null = null

  /** `owner` is what the methods given to `after` are called on. */
  constructor(owner: object) {
    this.owner = owner
  }

  /** Calls `method` of the owner in `ms` milliseconds. At most one call is outstanding. */
  after<Owner>(ms: number, method: (this: Owner) => void): void {
    this.method = method as () => void
    this.timer = setTimeout(call, ms, this)
  }

  get waiting(): boolean {
    return this.timer !== null
  }

  /** What waits is done now. */
  hurry(): void {
    if (this.timer === null) return
    clearTimeout(this.timer)
    this.call()
  }

  /** What waits is not done at all. */
  cancel(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
  }

  call(): void {
    this.timer = null
    this.method.call(this.owner)
  }
}

function call(later: Later): void {
  later.call()
}

function nothing(): void {}
