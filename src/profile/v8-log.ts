/** What `node --prof-process --preprocess` makes of one isolate's log: ticks of V8's old profiler, as stacks of the same tree. */
import { scriptFrame } from './frame-of.js'
import { addStack, type Frame, functionsOf, keyOf, type Tree } from './tree.js'

/** The parts of the document that are read. */
export interface V8Log {
  readonly code: readonly { readonly name: string; readonly type: string; readonly kind?: string }[]
  /** `vm`: the state of the machine; `s`: pairs of a code and an offset, the innermost first. */
  readonly ticks: readonly { readonly vm: number; readonly s: readonly number[] }[]
}

/** States of V8's machine (StateTag in its vm-state header). */
const STATE = { gc: 1, parser: 2, bytecode: 3, compiler: 4, idle: 8 } as const
const GC: Frame = { name: '(garbage collector)', kind: 'gc', module: 'garbage collection', place: '' }
const COMPILER: Frame = { name: '(compiler)', kind: 'native', module: "V8's compilers", place: '' }
const UNKNOWN: Frame = { name: '[unknown]', kind: 'native', module: 'unknown', place: '' }

/** Adds the ticks of a log, one unit each; how many there were in all, and while the thread was idle, which are left out. */
export function addTicks(root: Tree, log: V8Log, home: string): { readonly ticks: number; readonly idle: number } {
  const frames = log.code.map((code) => codeFrame(code, home))
  let idle = 0
  for (const { vm, s } of log.ticks) {
    if (vm === STATE.idle) {
      idle++
      continue
    }
    const stack: Frame[] = []
    for (let i = 0; i < s.length; i += 2) stack.unshift(frames[s[i]!] ?? UNKNOWN)
    // Addresses that belong to nothing are told once, not for every step through the kernel or a stripped library.
    const told = stack.filter((frame, i) => frame !== UNKNOWN || stack[i - 1] !== UNKNOWN)
    if (vm === STATE.gc) told.push(GC)
    if (vm === STATE.parser || vm === STATE.bytecode || vm === STATE.compiler) told.push(COMPILER)
    addStack(root, told.length > 0 ? told : [UNKNOWN], 1)
  }
  return { ticks: log.ticks.length, idle }
}

function codeFrame({ name, type }: V8Log['code'][number], home: string): Frame {
  if (type === 'JS') {
    const script = /^(.*?) ?(\S*?):(\d+):\d+$/.exec(name)
    const [, called = name, url = '', line = '0'] = script ?? []
    return scriptFrame(called === '' ? '(anonymous)' : called, url, Number(line), home)
  }
  if (type === 'CPP') return { name, kind: 'native', module: 'native code', place: '' }
  if (type === 'SHARED_LIB') {
    const file = name.slice(name.lastIndexOf('/') + 1)
    return { name: `[${file}]`, kind: 'native', module: file, place: '' }
  }
  return { name, kind: 'native', module: "V8's own code", place: '' }
}

/** Who called a function, as far as `depth`, the most frequent first. Numbers are the function's own ticks that came this way. */
export interface Caller {
  readonly frame: Frame
  readonly ticks: number
  readonly callers: readonly Caller[]
}

/** The functions with the most ticks of their own, and the ways that led to them. */
export function bottomUp(root: Tree, most: number, depth: number): Caller[] {
  const wanted = functionsOf(root)
    .slice(0, most)
    .filter(({ selfUs }) => selfUs > 0)
  const ways = new Map(wanted.map((row) => [keyOf(row), [] as { path: Frame[]; ticks: number }[]]))
  const visit = (node: Tree, path: readonly Frame[]) => {
    if (node.selfUs > 0) ways.get(keyOf(node.frame))?.push({ path: [...path].reverse(), ticks: node.selfUs })
    const below = node.frame.kind === 'group' ? path : [...path, node.frame]
    for (const child of node.children.values()) visit(child, below)
  }
  visit(root, [])
  return wanted.map((row) => ({ frame: row, ticks: row.selfUs, callers: callersOf(ways.get(keyOf(row))!, depth) }))
}

function callersOf(
  ways: readonly { readonly path: readonly Frame[]; readonly ticks: number }[],
  depth: number,
): Caller[] {
  if (depth === 0) return []
  const groups = new Map<string, { frame: Frame; ticks: number; ways: { path: readonly Frame[]; ticks: number }[] }>()
  for (const { path, ticks } of ways) {
    const [frame, ...rest] = path
    if (frame === undefined) continue
    const group = groups.get(keyOf(frame)) ?? { frame, ticks: 0, ways: [] }
    group.ticks += ticks
    group.ways.push({ path: rest, ticks })
    groups.set(keyOf(frame), group)
  }
  return [...groups.values()]
    .sort((a, b) => b.ticks - a.ticks)
    .map(({ frame, ticks, ways: further }) => ({ frame, ticks, callers: callersOf(further, depth - 1) }))
}
