/** Whom a run watches, as it was named. */
import { hostname, networkInterfaces } from 'node:os'
import { UsageError } from '../base/errors.js'
import { isLoopback, parseAddress } from '../plan/address.js'
import type { Target } from '../plan/plan.js'
import { RunWatch } from '../watch/run-watch.js'
import { ServerWatch } from '../watch/server-watch.js'
import { parseWatchTarget, WATCH_TARGETS, type WatchTarget } from '../watch/watch-target.js'

/** Finds the processes; `label` is what the option is called. Throws UsageError when there is nobody to watch. */
export function watchNamed(text: string, label: string, target: Target): RunWatch {
  const whom = text === 'auto' ? autoTarget(target, label) : parseWatchTarget(text, label)
  const port = target.kind === 'inet' ? target.port : null
  return new RunWatch(new ServerWatch(whom, { label: `${label} ${text}`, port }))
}

/** Whoever listens where the mail goes. Throws UsageError when that is not on this machine. */
export function autoTarget(target: Target, label: string): WatchTarget {
  if (target.kind === 'unix') return { kind: 'path', path: target.path, text: 'auto' }
  if (isHere(target.host)) return { kind: 'port', port: target.port, address: null, text: 'auto' }
  throw new UsageError(`${label} auto: ${target.host} is not this machine; give ${WATCH_TARGETS} of this machine.`)
}

function isHere(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  if (bare === hostname() || isLoopback(bare)) return true
  const address = parseAddress(bare)
  if (address === null) return false
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return own.some((one) => parseAddress(one.address.replace(/%.*$/, ''))?.value === address.value)
}
