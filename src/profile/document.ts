/** The profile of a run as one document: `profile.json`, and what the page and the summary are made from. */
import { MAIN, type ThreadProfile } from '../pool/profiling.js'
import type { ProfileMark, ThreadUse } from '../worker/profile-talk.js'
import { addProfile, busyOf, scaleOf, type Used } from './attribute.js'
import { samplesIn } from './cpuprofile.js'
import { HELPERS, isSystemCall, isWrite, SAMPLER } from './frame-of.js'
import type { FlameNode, ProfileDocument, Section, ThreadRow } from './shape.js'
import { childOf, type FunctionRow, functionsOf, modulesOf, type Tree, totalOf, tree } from './tree.js'

export interface DocumentInput {
  readonly version: string
  readonly node: string
  readonly command: string
  readonly intervalUs: number
  readonly threads: readonly ThreadProfile[]
  /** As for `frameOf`. */
  readonly home: string
  /** Flame graphs by other means. */
  readonly more?: readonly Section[]
  readonly notes?: readonly string[]
}

/** Makes it; `threads` has one at least. */
export function profileDocument({ threads, home, more = [], notes = [], ...about }: DocumentInput): ProfileDocument {
  // From when the last thread had its sampler to when the last worker had done: starting and stopping samplers is no part of it.
  const working = threads.filter(({ name }) => name !== MAIN)
  const first = threads.reduce((a, b) => (b.from.atUs > a.from.atUs ? b : a))
  const last = (working.length > 0 ? working : threads).reduce((a, b) => (b.to.atUs > a.to.atUs ? b : a))
  const userUs = last.to.process.userUs - first.from.process.userUs
  const systemUs = last.to.process.systemUs - first.from.process.systemUs
  const processUs = userUs + systemUs
  const spans = threads.map((thread) => spanOf(thread, first.from, last.to))
  const messages = Math.round(threads.reduce((sum, thread, i) => sum + messagesIn(thread, spans[i]!), 0))

  const root = tree({ name: 'process', kind: 'group', module: '', place: '' })
  const rows = threads.map((thread, i) => rowOf(thread, spans[i]!))
  // Where threads are not accounted for, all share what the process used by what was sampled of them.
  const allBusyUs = threads.reduce((sum, { profile }, i) => sum + busyOf(profile, spans[i]!.fromUs, spans[i]!.toUs), 0)
  const fallback = { factor: allBusyUs > 0 ? processUs / allBusyUs : 1, pollUs: 0 }
  threads.forEach((thread, i) => {
    const { profile } = thread
    const { used, ...span } = spans[i]!
    const busyUs = busyOf(profile, span.fromUs, span.toUs)
    const name = thread.name === MAIN ? 'main thread' : 'workers'
    const branch = childOf(root, { name, kind: 'group', module: '', place: '' })
    addProfile(branch, profile, span, used === null ? fallback : scaleOf(busyUs, used), home)
  })
  const { samplerUs, othersUs } = helpers(threads, first, last)
  if (samplerUs > 0) childOf(root, SAMPLER).selfUs += samplerUs
  if (othersUs > 0) childOf(root, HELPERS).selfUs += othersUs

  const accounted = rows.every(({ cpuUs }) => cpuUs !== null)
  const main = sectionOf('Node: CPU by function', root, methodOf(about.intervalUs, accounted))
  const accountedUs = main.totalUs
  const share = (us: number) => (accountedUs > 0 ? us / accountedUs : 0)
  const selfOf = (wanted: (row: FunctionRow) => boolean) =>
    share(main.functions.filter(wanted).reduce((sum, { selfUs }) => sum + selfUs, 0))
  return {
    schemaVersion: 1,
    ...about,
    spanUs: last.to.atUs - first.from.atUs,
    messages,
    process: { userUs, systemUs, perMessageUs: messages > 0 ? processUs / messages : null },
    accountedUs,
    accountedShare: processUs > 0 ? accountedUs / processUs : 0,
    kernelShare: processUs > 0 ? systemUs / processUs : 0,
    shares: {
      gc: selfOf(({ kind }) => kind === 'gc'),
      writes: selfOf(isWrite),
      systemCalls: selfOf(isSystemCall),
      poll: selfOf(({ kind }) => kind === 'poll'),
      program: selfOf(({ name, kind }) => kind === 'native' && name === '(program)'),
      helpers: share(othersUs),
      sampler: share(samplerUs),
    },
    threads: rows,
    sections: [main, ...more],
    notes: [...notes, ...cautions(rows)],
  }
}

/** A flame graph with its tables, of a tree whose times are microseconds of CPU. */
export function sectionOf(title: string, root: Tree, method: readonly string[]): Section {
  const functions = functionsOf(root)
  return { title, method, totalUs: totalOf(root), functions, modules: modulesOf(functions), flame: flameOf(root) }
}

/** Children by size, so that the same profile gives the same picture. */
function flameOf(node: Tree): FlameNode {
  const children = [...node.children.values()].map(flameOf).sort((a, b) => b.value - a.value)
  const { name, kind, place } = node.frame
  const value = children.reduce((sum, child) => sum + child.value, node.selfUs)
  return { name, kind, place, value, children }
}

/** The part of the profiled time that a thread was there for, and what it used in it; null where the system does not say. */
interface ThreadSpan {
  readonly fromUs: number
  readonly toUs: number
  readonly used: Used | null
}

/**
 * Every mark knows of all threads, so that all are counted between the same two moments; a worker that ended before the last has its own end. The main
 * thread's sampler outlives them all.
 */
function spanOf({ name, from, to: ownEnd }: ThreadProfile, start: ProfileMark, end: ProfileMark): ThreadSpan {
  const to = name !== MAIN && ownEnd.atUs < end.atUs ? ownEnd : end
  const before = start.threads.get(from.tid)
  const after = to.threads.get(from.tid)
  const known = before !== undefined && after !== undefined && from.tid !== 0
  const used = known ? { cpuUs: after.cpuUs - before.cpuUs, waitUs: after.waitUs - before.waitUs } : null
  return { fromUs: start.atUs, toUs: to.atUs, used }
}

/** Of the messages that a thread counted between its own marks, those that fall to the span. */
function messagesIn({ from, to }: ThreadProfile, { fromUs, toUs }: ThreadSpan): number {
  const own = to.atUs - from.atUs
  return own > 0 ? ((to.messages - from.messages) * Math.min(own, toUs - fromUs)) / own : 0
}

function rowOf({ name, profile }: ThreadProfile, { fromUs, toUs, used }: ThreadSpan): ThreadRow {
  return {
    name,
    spanUs: toUs - fromUs,
    cpuUs: used?.cpuUs ?? null,
    waitUs: used?.waitUs ?? null,
    samples: samplesIn(profile, fromUs, toUs),
  }
}

/** V8's name for the thread that interrupts the others to look at their stacks (base::Thread, 16 octets on Linux). */
const SAMPLER_THREAD = 'v8:ProfEvntProc'

/**
 * CPU of the process that has no samples: of the threads that run no JavaScript, those that sample and the others; and of workers that stopped their
 * sampler before the last one did, which is work too, and the sampler's. Some threads have ended by the last mark, such as those that sampled these
 * workers: they used what the last mark that still shows them says.
 */
function helpers(
  threads: readonly ThreadProfile[],
  first: ThreadProfile,
  last: ThreadProfile,
): { readonly samplerUs: number; readonly othersUs: number } {
  const sampled = new Set(threads.map(({ from }) => from.tid))
  let samplerUs = 0
  let othersUs = 0
  for (const [tid, { name, cpuUs }] of lastSeen(threads, first, last)) {
    if (sampled.has(tid)) continue
    const us = cpuUs - (first.from.threads.get(tid)?.cpuUs ?? 0)
    if (name === SAMPLER_THREAD) samplerUs += us
    else othersUs += us
  }
  for (const { name, to } of threads) {
    const atEnd = to.threads.get(to.tid)
    const behind = last.to.threads.get(to.tid)
    if (name !== MAIN && to.atUs < last.to.atUs && atEnd !== undefined && behind !== undefined)
      samplerUs += behind.cpuUs - atEnd.cpuUs
  }
  return { samplerUs, othersUs }
}

/** Every thread of the process as the latest mark of the profiled time that has it says. */
function lastSeen(
  threads: readonly ThreadProfile[],
  first: ThreadProfile,
  last: ThreadProfile,
): Map<number, ThreadUse> {
  const marks = threads
    .flatMap(({ from, to }) => [from, to])
    .filter(({ atUs }) => atUs >= first.from.atUs && atUs <= last.to.atUs)
  return new Map(marks.sort((a, b) => a.atUs - b.atUs).flatMap((mark) => [...mark.threads]))
}

/** Above this part of its runnable time a thread had to wait so much that the split between functions and poll is a guess. */
const CROWDED = 0.25

function cautions(rows: readonly ThreadRow[]): string[] {
  return rows
    .filter(({ cpuUs, waitUs }) => cpuUs !== null && waitUs !== null && waitUs > CROWDED * (cpuUs + waitUs))
    .map(
      ({ name, cpuUs, waitUs }) =>
        `${name} waited for a core for ${Math.round((100 * waitUs!) / (cpuUs! + waitUs!))} % of the time in which it could run: how its CPU is split between its functions and (poll and read) is an estimate`,
    )
}

function methodOf(intervalUs: number, accounted: boolean): string[] {
  const sampled = `V8 looked at each thread's stack every ${intervalUs / 1000} ms of time on the wall.`
  if (!accounted) {
    return [
      sampled,
      'This system does not account for single threads, so the CPU of the process is dealt out by samples outside of (idle); reading of sockets is in (idle) and so in no row.',
    ]
  }
  return [
    sampled,
    "Sampled time is made CPU by what the kernel says each thread used (/proc/self/task): the time outside V8's (idle), and the part of (idle) in which the thread could run, are shrunk by the share of its runnable time that it spent on a core.",
    '(poll and read) is that part of (idle). V8 calls that time (idle), but libuv waits, asks epoll and reads sockets in it, between two calls of JavaScript. (program) is native code with no function of JavaScript on the stack: libuv, TLS records, the sampler itself.',
    'writeBuffer, writev and their like are almost only the kernel taking bytes: on loopback also the work of handing them to the receiver.',
    "(helper threads) are V8's compiler and collector and libuv's pool, (sampler) the threads that take these samples: they run no JavaScript, and the kernel says what they used.",
  ]
}
