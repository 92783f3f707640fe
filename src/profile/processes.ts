/** Which processes `--profile-target` means. Linux' /proc. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** State of a listening socket in /proc/net/tcp. */
const LISTEN = '0A'

/** Every process that listens on the TCP port. */
export function listenersOn(port: number): number[] {
  const inodes = new Set<string>()
  for (const table of ['tcp', 'tcp6']) {
    for (const line of textOf(`/proc/net/${table}`).split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
      if (state === LISTEN && Number.parseInt(local.split(':')[1] ?? '', 16) === port && inode)
        inodes.add(`socket:[${inode}]`)
    }
  }
  return inodes.size === 0 ? [] : processes().filter((pid) => descriptorsOf(pid).some((one) => inodes.has(one)))
}

/** These processes and all that descend from them, those that are there. */
export function withChildren(pids: readonly number[]): number[] {
  const children = new Map<number, number[]>()
  for (const pid of processes()) {
    const stat = textOf(`/proc/${pid}/stat`)
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  const found = new Set<number>()
  const visit = (pid: number) => {
    if (found.has(pid) || textOf(`/proc/${pid}/stat`) === '') return
    found.add(pid)
    for (const child of children.get(pid) ?? []) visit(child)
  }
  for (const pid of pids) visit(pid)
  return [...found].sort((a, b) => a - b)
}

function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** What its descriptors lead to; nothing of a process that has ended or is not ours. */
function descriptorsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`)
      } catch {
        return ''
      }
    })
  } catch {
    return []
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
