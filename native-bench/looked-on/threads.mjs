// CPU of a process's threads, from /proc.
import { readdirSync, readFileSync } from 'node:fs'

/** Seconds of CPU so far: of the first thread, which serves, draws and reckons, and of all others together. */
export function cpuOf(pid) {
  const used = { main: 0, others: 0 }
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const ns = Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0])
    used[thread === String(pid) ? 'main' : 'others'] += ns / 1e9
  }
  return used
}

/** The first process below `pid` whose name begins with `name`. */
export function childOf(pid, name) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ')
  return children.map(Number).find((child) => readFileSync(`/proc/${child}/comm`, 'latin1').startsWith(name))
}
