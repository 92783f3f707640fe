/** Where a client's messages come from: the worker's schedule. */
export interface Supply {
  /**
   * Takes one message at `now` (milliseconds of the run) and returns its intended start, or a negative `Take`. What kind of message it is
   * stands in `taken`.
   */
  take(now: number): number
  /** Of the message taken last: a `Taken`. */
  readonly taken: number
  /** A message of this kind (`Taken`) that was taken but not tried; it will be taken again. */
  giveBack(kind: number): void
  /** A first attempt was refused: true when it will be taken again at the end (`--retry later`). */
  retryLater(): boolean
}

/** Answers of `take` that are not a start. */
export const Take = {
  /** None is due yet. */
  later: -1,
  /** There will be no more. */
  over: -2,
} as const

/** Kinds of messages taken. */
export const Taken = {
  fresh: 0,
  /** Given back before; it has been counted as scheduled. */
  again: 1,
  /** The second attempt of a refused message; there is no third. */
  retry: 2,
} as const
