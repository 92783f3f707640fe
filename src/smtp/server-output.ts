/** What a Server is lent by whoever owns the socket. */

/** Where replies are put together. `flush` is called when there is no room: afterwards `length` is 0 and `view` may be another one. */
export interface Output {
  /** What lies behind `length` is scratch. */
  view: DataView
  /** Octets that `view` holds, at least 1 KiB: asking the view itself is a call. */
  readonly size: number
  length: number
  flush(): void
}

/** A number of messages or QUITs that all workers together may still take. */
export interface Quota {
  /** Takes one; false when there is none left. */
  take(): boolean
}

/** No limit. */
export const UNLIMITED: Quota = { take: () => true }
