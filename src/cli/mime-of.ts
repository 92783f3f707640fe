/** `--mime`: the short recipe of a message with attachments. */
import { UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { parseSize } from '../base/units.js'
import type { MimePart, MimeRecipe } from '../plan/mail-plan.js'
import { orList } from './given.js'

const KINDS: readonly MimePart['kind'][] = ['text', 'html', 'pdf', 'image', 'zip', 'binary']
/** Octets before transfer encoding that all parts may have together. */
const MIME_MAX = 512 * 1024 ** 2

/** Reads `text:2KiB,html:4KiB,pdf:100KiB`. Throws UsageError, which begins with `label`. */
export function readMime(text: string, label: string): MimeRecipe {
  const parts = text.split(',').map((word): MimePart => {
    const [name = '', size, ...more] = word.split(':')
    const kind = KINDS.find((known) => known === name)
    if (kind === undefined) {
      const meant = nearest(name, KINDS)
      throw new UsageError(
        `${label}: '${name}' is no kind of part; give ${orList(KINDS)}${meant ? ` (did you mean ${meant}?)` : ''}.`,
      )
    }
    if (size === undefined || more.length > 0) {
      throw new UsageError(`${label}: '${word}' is no part; give its kind and size, such as ${kind}:4KiB.`)
    }
    return { kind, size: parseSize(size, label, { min: 1, max: MIME_MAX }) }
  })
  for (const kind of ['text', 'html'] as const) {
    if (parts.filter((part) => part.kind === kind).length > 1)
      throw new UsageError(`${label}: a message has one ${kind}; give it once.`)
  }
  if (parts.reduce((sum, { size }) => sum + size, 0) > MIME_MAX)
    throw new UsageError(`${label}: the parts are over 512 MiB together; give smaller ones.`)
  return { text, parts, composed: null }
}
