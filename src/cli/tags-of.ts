import { UsageError } from '../base/errors.js'
import type { Given } from './given.js'

/** `--tag` as names and values; of one name the last. Throws UsageError. */
export function tagsOf(given: Given): Record<string, string> {
  return Object.fromEntries(
    given.texts('tag').map((text, i) => {
      const [, name, value] = /^([\w.-]+)=(.*)$/s.exec(text) ?? []
      if (name === undefined || value === undefined || /[\r\n]/.test(value)) {
        throw new UsageError(`${given.label('tag', i)}: '${text}' is no tag; give one such as build=1234, on one line.`)
      }
      return [name, value]
    }),
  )
}
