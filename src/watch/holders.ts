/** Who holds a socket: sockets are numbers in the kernel's tables, and links in the folders of those who have them open. */
import { DENIED, linkOf, namesIn, octetsOf, textOf } from './proc-file.js'
import { socketInode } from './proc-text.js'
import { type Listener, tallyTcp, unixListeners } from './tcp-table.js'

/** Anybody's addresses. */
const WILD = ['0.0.0.0', '::']

/** Those who listen on a port; with an address, on that or on all. */
export function listenersOn(port: number, address: string | null, net = '/proc/net'): Listener[] {
  return allListeners(net).filter(
    (one) => one.port === port && (address === null || one.address === address || WILD.includes(one.address)),
  )
}

/** Everybody who listens on TCP, in the network namespace that `net` is of. */
export function allListeners(net = '/proc/net'): readonly Listener[] {
  return tallyTcp([octetsOf(`${net}/tcp`), octetsOf(`${net}/tcp6`)], new Set()).listeners
}

/** The sockets that listen on a path. */
export function listenersAt(path: string, net = '/proc/net'): number[] {
  return unixListeners(textOf(`${net}/unix`), path)
}

/** Of the processes those that hold one of the sockets, and how many of the processes could not be asked. */
export function holdersOf(
  inodes: ReadonlySet<number>,
  pids: Iterable<number>,
): { readonly pids: number[]; readonly denied: number } {
  const holders: number[] = []
  let denied = 0
  if (inodes.size === 0) return { pids: holders, denied }
  for (const pid of pids) {
    const sockets = socketsOf(pid)
    if (sockets === DENIED) denied++
    else if (sockets.some((inode) => inodes.has(inode))) holders.push(pid)
  }
  return { pids: holders, denied }
}

/** Numbers of the sockets that a process has open. */
export function socketsOf(pid: number): number[] | typeof DENIED {
  const names = namesIn(`/proc/${pid}/fd`)
  if (names === DENIED) return DENIED
  return (names ?? []).flatMap((name) => socketInode(linkOf(`/proc/${pid}/fd/${name}`)) ?? [])
}
