/** What a call frame of V8's is: whose code, and where. */
import type { CallFrame } from './cpuprofile.js'
import { originOf } from './origin.js'
import type { Frame } from './tree.js'

/** Waiting for events, and reading sockets. What V8 calls idle is all of libuv's poll, so this part of it is worked out (`attribute.ts`). */
export const POLL: Frame = { name: '(poll and read)', kind: 'poll', module: 'event loop: poll and read', place: '' }
export const HELPERS: Frame = {
  name: '(helper threads)',
  kind: 'helper',
  module: "V8's and libuv's helper threads",
  place: '',
}
/** The threads that take the samples. */
export const SAMPLER: Frame = { name: '(sampler)', kind: 'helper', module: 'the profiler itself', place: '' }
const GC: Frame = { name: '(garbage collector)', kind: 'gc', module: 'garbage collection', place: '' }
const PROGRAM: Frame = { name: '(program)', kind: 'native', module: 'native code outside any function', place: '' }

/** V8's name for a thread that is in libuv's poll. */
export const IDLE = '(idle)'

/** Functions of Node's bindings that do no more than make one system call: most of their time is the kernel's. */
const WRITES = new Set([
  'writeBuffer',
  'writev',
  'writeUtf8String',
  'writeLatin1String',
  'writeAsciiString',
  'writeUcs2String',
  'writeBufferNative',
])
const OTHER_CALLS = new Set([
  'connect',
  'connect6',
  'shutdown',
  'listen',
  'bind',
  'bind6',
  'open',
  'close',
  'setNoDelay',
])

/** True of a function whose time is that of write(2) or sendmsg(2). */
export function isWrite({ kind, name }: Pick<Frame, 'kind' | 'name'>): boolean {
  return kind === 'native' && WRITES.has(name)
}

/** True of a function that is some system call, writes among them. */
export function isSystemCall(frame: Pick<Frame, 'kind' | 'name'>): boolean {
  return isWrite(frame) || (frame.kind === 'native' && OTHER_CALLS.has(frame.name))
}

/** `home`: where our own compiled code is, as a URL that ends with a slash. */
export function frameOf({ functionName, url, lineNumber }: CallFrame, home: string): Frame {
  if (functionName === '(garbage collector)') return GC
  if (functionName === '(program)' || functionName === '(root)') return PROGRAM
  const name = functionName === '' ? '(anonymous)' : functionName
  return url === ''
    ? { name, kind: 'native', module: 'native functions', place: '' }
    : scriptFrame(name, url, lineNumber + 1, home)
}

/** A function of a script; `line` counts from 1. */
export function scriptFrame(name: string, url: string, line: number, home: string): Frame {
  const at = line > 0 ? `:${line}` : ''
  if (url.startsWith(home)) {
    const origin = originOf(url, line)
    if (origin !== null) return { name, kind: 'ours', module: `stampede ${origin.folder}`, place: origin.place }
    const path = url.slice(home.length)
    const folder = path.includes('/') ? path.slice(0, path.indexOf('/')) : path
    return { name, kind: 'ours', module: `stampede ${folder}`, place: `${path}${at}` }
  }
  if (url.startsWith('node:')) return { name, kind: 'node', module: 'node', place: `${url}${at}` }
  const inside = url.lastIndexOf('/node_modules/')
  if (inside >= 0) {
    const path = url.slice(inside + '/node_modules/'.length)
    const [scope = '', second = ''] = path.split('/')
    return {
      name,
      kind: 'npm',
      module: `npm ${scope.startsWith('@') ? `${scope}/${second}` : scope}`,
      place: `${path}${at}`,
    }
  }
  return { name, kind: 'npm', module: 'other scripts', place: `${url.slice(url.lastIndexOf('/') + 1)}${at}` }
}
