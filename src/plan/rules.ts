/** What every check of a plan is made of. */
import { UsageError } from '../base/errors.js'

/** Throws the sentence when `wrong`. */
export function refuse(wrong: boolean, sentence: string): void {
  if (wrong) throw new UsageError(sentence)
}

/** Throws for anything but a whole number within the bounds. */
export function whole(value: number, option: string, min: number, max = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  throw new UsageError(`${option}: ${value} is out of range; give a whole number ${range}.`)
}
