/** `--perf` and `--profile-target`: what perf records beside the profile. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../base/errors.js'
import { sectionOf } from '../profile/document.js'
import { HOME } from '../profile/files.js'
import { lackOfPerf, PerfRecord } from '../profile/perf.js'
import { PerfTree } from '../profile/perf-tree.js'
import { listenersOn, withChildren } from '../profile/processes.js'
import type { Section } from '../profile/shape.js'
import type { Given } from './given.js'

/** They make V8 write down where its code is (/tmp/perf-PID.map), and give interpreted functions frames of their own. */
const NODE_FLAGS = ['--perf-basic-prof', '--interpreted-frames-native-stack']
const METHOD = [
  'perf looked at the stacks of every thread each time it had been on a core for one interval (event cpu-clock): times are CPU as the kernel gives it out, waiting is not in them.',
  'Native frames are found by their frame pointers; code that keeps none shows only its innermost functions.',
]

interface Recording {
  readonly title: string
  readonly name: string
  readonly pids: readonly number[]
  record: PerfRecord | null
}

export class Perfs {
  readonly #recordings: Recording[] = []
  readonly #intervalUs: number
  readonly #self: boolean

  private constructor(intervalUs: number, self: boolean) {
    this.#intervalUs = intervalUs
    this.#self = self
  }

  /** As the options say. Throws UsageError when perf is missing, or there is no such process. */
  static of(given: Given, intervalUs: number): Perfs {
    const self = given.flag('perf') ?? false
    const perfs = new Perfs(intervalUs, self)
    const target = given.text('profile-target')
    const asked = self ? 'perf' : target === null ? null : 'profile-target'
    const lack = asked === null ? null : lackOfPerf()
    if (asked !== null && lack !== null) throw new UsageError(`${given.label(asked)}: ${lack}.`)
    if (self)
      perfs.#recordings.push({
        title: 'perf: kernel, native code and JavaScript',
        name: 'self',
        pids: [process.pid],
        record: null,
      })
    if (target !== null) {
      const pids = targetOf(target, given.label('profile-target'))
      const title = `perf: the server, ${pids.length === 1 ? `process ${pids[0]}` : `processes ${pids.join(', ')}`}`
      perfs.#recordings.push({ title, name: 'target', pids, record: null })
    }
    return perfs
  }

  /** Where JavaScript is to be seen by perf, Node has to be started in a way of its own: the exit status of that; null: not needed, or done. */
  anew(args: readonly string[]): Promise<number> | null {
    if (!this.#self || NODE_FLAGS.every((flag) => process.execArgv.includes(flag))) return null
    return startAnew(args)
  }

  /** Where the recordings go until they have been read. */
  prepare(directory: string): void {
    for (const one of this.#recordings)
      one.record = new PerfRecord(one.pids, this.#intervalUs, join(directory, `perf-${one.name}.data`))
  }

  begin(): void {
    for (const { record } of this.#recordings) record?.begin()
  }

  end(): void {
    for (const { record } of this.#recordings) record?.end()
  }

  /** A flame graph of each, and what is to be said of those that came to nothing. */
  async sections(): Promise<{ readonly sections: Section[]; readonly notes: string[] }> {
    const sections: Section[] = []
    const notes: string[] = []
    for (const { title, name, record } of this.#recordings) {
      const tree = new PerfTree(name === 'self' ? 'process' : 'server', HOME)
      const trouble = (await record?.read((sample) => tree.add(sample))) ?? null
      if (trouble !== null) notes.push(`${title}: ${trouble}`)
      else if (tree.samples === 0) notes.push(`${title}: it was on no core while it was looked at`)
      else sections.push(sectionOf(title, tree.root, METHOD))
    }
    if (this.#self) rmSync(`/tmp/perf-${process.pid}.map`, { force: true })
    return { sections, notes }
  }

  async abandon(): Promise<void> {
    for (const { record } of this.#recordings) await record?.abandon()
    if (this.#self) rmSync(`/tmp/perf-${process.pid}.map`, { force: true })
  }
}

/** A process id, or the port that somebody listens on. */
function targetOf(text: string, label: string): number[] {
  const match = /^(:?)(\d{1,10})$/.exec(text)
  const number = Number(match?.[2])
  if (match === null || number === 0 || (match[1] === ':' && number > 65_535))
    throw new UsageError(`${label}: '${text}' is neither a process nor a port; give an id such as 4711, or :2525.`)
  const pids = withChildren(match[1] === ':' ? listenersOn(number) : [number])
  if (pids.length > 0) return pids
  throw new UsageError(
    match[1] === ':'
      ? `${label}: nobody who may be looked at listens on port ${number} of this machine; give another port, or a process id.`
      : `${label}: there is no process ${number}; give the id of one that runs.`,
  )
}

/** The same command line in a Node that was started with what perf needs. It has a process group of its own: signals come through us, once. */
async function startAnew(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...NODE_FLAGS, ...process.execArgv, process.argv[1]!, 'profile', ...args], {
    stdio: 'inherit',
    detached: true,
  })
  const pass = (signal: NodeJS.Signals) => child.kill(signal)
  process.on('SIGINT', pass).on('SIGTERM', pass)
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal])
  } finally {
    process.off('SIGINT', pass).off('SIGTERM', pass)
  }
}
