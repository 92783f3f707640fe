/** Kinds of code in the order of the legend, and what they are called. */
import type { Kind } from '../tree.js'

export const KIND_NAMES: Readonly<Record<Exclude<Kind, 'group'>, string>> = {
  ours: 'Stampede',
  npm: 'libraries',
  node: 'Node, in JavaScript',
  native: 'native functions and system calls',
  poll: 'poll and read',
  gc: 'garbage collection',
  kernel: 'kernel',
  program: 'native code',
  helper: 'helper threads',
}

/** Four shades of a kind, so that neighbours can be told apart. */
export function colorOf(kind: Kind, name: string): string {
  let hash = 0
  for (let i = 0; i < name.length; i++) hash = (hash * 31 + name.charCodeAt(i)) | 0
  return `var(--${kind}-${Math.abs(hash) % 4})`
}
