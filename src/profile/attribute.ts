/**
 * From samples to CPU. V8 samples by the clock on the wall: a function whose thread waits for a core goes on being sampled, and all that libuv does
 * between two calls of JavaScript (waiting for events, but also reading sockets) is called idle. The kernel knows better how long a thread was on a core
 * (C) and how long it could have run but had to wait for one (R). A thread sleeps nowhere but in the poll, so
 *
 *     time sampled outside the poll + time in the poll when it could run = C + R
 *
 * which gives the one term that is not known. All of it shrinks by C / (C + R), and so adds up to C. Where R is large, how it falls on the two is an
 * estimate; where the machine is quiet there is nothing to estimate.
 */
import { type CpuProfile, timesOf } from './cpuprofile.js'
import { frameOf, IDLE, POLL } from './frame-of.js'
import { childOf, type Frame, type Tree } from './tree.js'

/** What a thread used in the profiled time, in microseconds. */
export interface Used {
  /** On a core. */
  readonly cpuUs: number
  /** Able to run, and waiting for a core. */
  readonly waitUs: number
}

/** How sampled time becomes CPU. */
export interface Scale {
  /** CPU per sampled microsecond outside the poll. */
  readonly factor: number
  /** CPU in the poll. */
  readonly pollUs: number
}

/** `busyUs`: sampled outside the poll. What comes out adds up to the CPU that was used. */
export function scaleOf(busyUs: number, { cpuUs, waitUs }: Used): Scale {
  if (busyUs <= 0) return { factor: 1, pollUs: cpuUs }
  const polling = cpuUs + waitUs - busyUs
  // Sampling has its grain: a thread may look busier than it was.
  if (polling <= 0) return { factor: cpuUs / busyUs, pollUs: 0 }
  const factor = cpuUs / (cpuUs + waitUs)
  return { factor, pollUs: polling * factor }
}

/** What was sampled outside the poll between two moments, in microseconds. */
export function busyOf(profile: CpuProfile, fromUs: number, toUs: number): number {
  const times = timesOf(profile, fromUs, toUs)
  return profile.nodes.reduce(
    (sum, { id, callFrame }) => (callFrame.functionName === IDLE ? sum : sum + (times.get(id) ?? 0)),
    0,
  )
}

/** Adds a thread's stacks to `root`, as CPU. `home` as for `frameOf`. */
export function addProfile(
  root: Tree,
  profile: CpuProfile,
  span: { readonly fromUs: number; readonly toUs: number },
  scale: Scale,
  home: string,
): void {
  const times = timesOf(profile, span.fromUs, span.toUs)
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const frames = new Map<number, Frame>()
  const called = new Set(profile.nodes.flatMap(({ children = [] }) => children))
  // Only branches in which somebody was sampled are made.
  const weighs = new Map<number, boolean>()
  const visit = (id: number): boolean => {
    const node = nodes.get(id)
    if (node === undefined) return false
    let any = (times.get(id) ?? 0) > 0 && node.callFrame.functionName !== IDLE
    for (const child of node.children ?? []) any = visit(child) || any
    weighs.set(id, any)
    return any
  }
  const add = (id: number, into: Tree): void => {
    const node = nodes.get(id)
    if (node === undefined || !weighs.get(id)) return
    let at = into
    if (node.callFrame.functionName !== '(root)') {
      const frame = frames.get(id) ?? frameOf(node.callFrame, home)
      frames.set(id, frame)
      at = childOf(into, frame)
    }
    at.selfUs += (times.get(id) ?? 0) * scale.factor
    for (const child of node.children ?? []) add(child, at)
  }
  for (const { id } of profile.nodes) {
    if (called.has(id)) continue
    visit(id)
    add(id, root)
  }
  if (scale.pollUs > 0) childOf(root, POLL).selfUs += scale.pollUs
}
