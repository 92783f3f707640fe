/** Samples of perf as stacks of the flame graph: the kernel on top of native code on top of JavaScript, as they were called. */
import { scriptFrame } from './frame-of.js'
import type { PerfFrame, PerfSample } from './perf-script.js'
import { addStack, type Frame, type Tree, tree } from './tree.js'

/** What V8 writes into its map: `JS:^name file:///x.js:12:3`, with a sign for how it was compiled; older ones `LazyCompile:*name …`. */
const SCRIPT = /^(?:JS|LazyCompile|Function|Script|Eval|RegExp|InterpretedFunction):[~^*+]*(.*?) ?(\S*?):(\d+):\d+$/
const V8_CODE = /^(?:Builtin|Builtins_|BytecodeHandler|Handler|Stub|JS:|LazyCompile:|Script:|RegExp:)/

/** Nanoseconds of a cpu-clock sample in the microseconds of a tree. */
const NS_PER_US = 1000

/** Grows the tree of a process and its children. */
export class PerfTree {
  readonly root: Tree
  samples = 0
  readonly #home: string

  /** `home` as for `frameOf`. */
  constructor(name: string, home: string) {
    this.root = tree({ name, kind: 'group', module: '', place: '' })
    this.#home = home
  }

  add({ command, period, frames }: PerfSample): void {
    this.samples++
    const stack = frames.map((frame) => perfFrame(frame, this.#home)).reverse()
    const group: Frame = { name: command, kind: 'group', module: '', place: '' }
    addStack(this.root, [group, ...(stack.length > 0 ? stack : [UNKNOWN])], period / NS_PER_US)
  }
}

const UNKNOWN: Frame = { name: '[unknown]', kind: 'program', module: 'unknown', place: '' }

export function perfFrame({ symbol, dso }: PerfFrame, home: string): Frame {
  const name = symbol === '' ? '[unknown]' : symbol
  if (isKernel(dso))
    return { name, kind: 'kernel', module: dso.startsWith('[kernel') ? 'kernel' : `kernel ${dso}`, place: '' }
  const script = SCRIPT.exec(symbol)
  if (script !== null) {
    const [, called = '', url = '', line = ''] = script
    return scriptFrame(called === '' ? '(anonymous)' : called, url, Number(line), home)
  }
  if (V8_CODE.test(symbol)) return { name, kind: 'native', module: "V8's own code", place: '' }
  if (dso === '' || dso === '[unknown]') return { ...UNKNOWN, name }
  const file = dso.slice(dso.lastIndexOf('/') + 1)
  return { name, kind: file === 'node' ? 'native' : 'program', module: file, place: '' }
}

/** Kernel and modules stand in brackets; so does what is in a process without a file. */
function isKernel(dso: string): boolean {
  return /^\[(?!unknown\]|vdso\]|heap\]|stack|anon|vsyscall)/.test(dso)
}
