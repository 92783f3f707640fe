/** What was seen of the server's processes, in words and rows. */
import type { Watched, WatchedServer } from '../measure/watched.js'
import { bytes, count, number } from './format.js'

/** How one figure went over a watch, in its own unit: octets, or a number of things. */
export interface WatchFigure {
  readonly name: string
  readonly first: number
  /** Median of the last quarter of the samples: where it came to rest, if it did. */
  readonly settled: number
  readonly most: number
  readonly last: number
}

/** The same in words. */
export type WatchRow = { readonly [name in keyof WatchFigure]: string }

/** A figure of a sample; null: this system or account does not tell. */
interface Figure {
  readonly name: string
  readonly of: (server: WatchedServer) => number | null
  readonly words: (value: number) => string
}

const FIGURES: readonly Figure[] = [
  { name: 'processes', of: (one) => one.processes, words: count },
  { name: 'threads', of: (one) => one.threads, words: count },
  { name: 'rss', of: (one) => one.rss, words: bytes },
  { name: 'pss', of: (one) => one.pss, words: bytes },
  { name: 'vsz', of: (one) => one.vsz, words: bytes },
  { name: 'cgroup memory', of: (one) => one.cgroup?.memory ?? null, words: bytes },
  { name: 'descriptors', of: (one) => one.descriptors?.total ?? null, words: count },
  { name: '  sockets', of: (one) => one.descriptors?.sockets ?? null, words: count },
  { name: '  pipes', of: (one) => one.descriptors?.pipes ?? null, words: count },
  { name: '  files', of: (one) => one.descriptors?.files ?? null, words: count },
  { name: 'ESTABLISHED', of: (one) => one.sockets && (one.sockets.ESTABLISHED ?? 0), words: count },
  { name: 'CLOSE_WAIT', of: (one) => one.sockets && (one.sockets.CLOSE_WAIT ?? 0), words: count },
  { name: 'TIME_WAIT', of: (one) => one.sockets && (one.sockets.TIME_WAIT ?? 0), words: count },
  { name: 'accept queue', of: (one) => one.accept?.waiting ?? null, words: count },
]

/** Each figure that was told. */
export function watchFigures({ samples }: Pick<Watched, 'samples'>): WatchFigure[] {
  const servers = samples.flatMap(({ server }) => server ?? [])
  return FIGURES.flatMap(({ name, of }) => {
    const values = servers.map(of).filter((value) => value !== null)
    if (values.length === 0) return []
    const most = values.reduce((high, value) => Math.max(high, value), 0)
    return [{ name: name.trim(), first: values[0]!, settled: settled(values), most, last: values.at(-1)! }]
  })
}

/** A row for each figure that was told; kinds of descriptors are set in. */
export function watchRows(watched: Pick<Watched, 'samples'>): WatchRow[] {
  return watchFigures(watched).map((row) => {
    const { name, words } = FIGURES.find((figure) => figure.name.trim() === row.name)!
    return {
      name,
      first: words(row.first),
      settled: words(row.settled),
      most: words(row.most),
      last: words(row.last),
    }
  })
}

function settled(values: readonly number[]): number {
  const last = values.slice(-Math.max(1, Math.ceil(values.length / 4))).sort((a, b) => a - b)
  return last[Math.floor((last.length - 1) / 2)]!
}

/** Sums over the whole watch: CPU, switches, disk, connections turned away. */
export function watchSums({ samples }: Pick<Watched, 'samples'>): string[] {
  const servers = samples.flatMap(({ server }) => server ?? [])
  const last = servers.at(-1)
  if (last === undefined) return []
  return [
    `cpu ${number(last.cpuUserMs / 1000)} s user, ${number(last.cpuSystemMs / 1000)} s system`,
    ...(last.switches === null
      ? []
      : [`switches ${count(last.switches.voluntary)} voluntary, ${count(last.switches.involuntary)} forced`]),
    ...(last.disk === null ? [] : [`disk ${bytes(last.disk.read)} read, ${bytes(last.disk.written)} written`]),
    ...(last.accept === null || last.accept.overflows === 0
      ? []
      : [`${count(last.accept.overflows)} connections turned away for a full accept queue`]),
  ]
}

/** For the summary of a run: who was watched, and how the figures that matter most went. */
export function watchLines(watched: Watched | null): string[] {
  if (watched === null) return []
  const rows = new Map(watchRows(watched).map((row) => [row.name, row]))
  const went = ['rss', 'descriptors', 'threads', 'CLOSE_WAIT'].flatMap((name) => {
    const row = rows.get(name)
    if (row === undefined || (name === 'CLOSE_WAIT' && row.most === '0')) return []
    const way = row.first === row.last ? row.last : `${row.first} → ${row.last}`
    return [`${name} ${way}${row.most === row.last || row.most === row.first ? '' : ` (most ${row.most})`}`]
  })
  return [
    `${'watched'.padEnd(12)}${watched.about ?? watched.target}`,
    ...(went.length === 0 ? [] : [`${''.padEnd(12)}${went.join(' · ')}`]),
    ...(rows.size === 0 ? [] : [`${''.padEnd(12)}${watchSums(watched).join(' · ')}`]),
  ]
}
