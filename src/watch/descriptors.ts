/** Open descriptors of several processes, by what they lead to. */
import type { WatchedDescriptors } from '../measure/watched.js'
import { DENIED, linkOf, namesIn } from './proc-file.js'
import { descriptorKind, socketInode } from './proc-text.js'

export interface DescriptorReading {
  readonly counts: WatchedDescriptors
  /** Numbers of the sockets among them. */
  readonly sockets: ReadonlySet<number>
  /** Processes whose descriptors may not be seen from this account. */
  readonly denied: number
}

export function readDescriptors(pids: readonly number[]): DescriptorReading {
  const counts = { sockets: 0, pipes: 0, files: 0, other: 0 }
  const sockets = new Set<number>()
  let denied = 0
  for (const pid of pids) {
    const names = namesIn(`/proc/${pid}/fd`)
    if (names === DENIED) denied++
    for (const name of Array.isArray(names) ? names : []) {
      const link = linkOf(`/proc/${pid}/fd/${name}`)
      // Closed between the one look and the other.
      if (link === '') continue
      const kind = descriptorKind(link)
      counts[kind]++
      const inode = kind === 'sockets' ? socketInode(link) : null
      if (inode !== null) sockets.add(inode)
    }
  }
  const total = counts.sockets + counts.pipes + counts.files + counts.other
  return { counts: { total, ...counts }, sockets, denied }
}
