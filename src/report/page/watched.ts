/** What was watched of the server, as rows of the page. */
import type { Watched, WatchSample } from '../../measure/watched.js'
import type { Cell, PageWatched, Row } from './model.js'
import { addRow, newRows, widened, withoutEmpty } from './rows.js'

/** Null where nobody watched. */
export function pageWatched(watched: Watched | null): PageWatched | null {
  if (watched === null || watched.samples.length === 0) return null
  const rows = newRows()
  watched.samples.forEach((sample, i) => {
    addRow(rows, watchRow(sample, watched.samples[i - 1] ?? null))
  })
  const events = watched.events.map(({ atMs, kind, text }) => ({ at: atMs / 1000, kind, text }))
  return { target: watched.target, rows: withoutEmpty(widened(rows)), events }
}

function watchRow(sample: WatchSample, before: WatchSample | null): Row {
  const { server, host, atMs } = sample
  const ms = atMs - (before?.atMs ?? 0)
  const values: Record<string, Cell> = { 'host.cpu': share(host.cpu) }
  values['host.memory'] = host.memoryUsed
  if (server !== null) {
    const old = before?.server ?? null
    const grown = (figure: (of: NonNullable<typeof server>) => number) =>
      old === null ? 0 : Math.max(0, figure(server) - figure(old))
    if (old !== null && ms > 0) {
      values['host.server user'] = share(grown((of) => of.cpuUserMs) / ms)
      values['host.server system'] = share(grown((of) => of.cpuSystemMs) / ms)
    }
    values.rss = server.rss
    if (server.pss !== null) values.pss = server.pss
    values.threads = server.threads
    values.processes = server.processes
    if (server.descriptors !== null)
      for (const [kind, count] of Object.entries(server.descriptors)) values[`fd.${kind}`] = count
    for (const [state, count] of Object.entries(server.sockets ?? {})) values[`socket.${state}`] = count
    if (server.accept !== null) {
      values['accept.waiting'] = server.accept.waiting
      values['accept.limit'] = server.accept.limit
      values.overflows = grown((of) => of.accept?.overflows ?? 0)
    }
  }
  // Samples are taken a little off the second.
  return { at: Math.round(atMs / 100) / 10, ms, values }
}

function share(value: number): number {
  return Number(value.toFixed(3))
}
