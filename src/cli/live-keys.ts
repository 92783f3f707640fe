/** What keys mean to the live view. */

export type Key =
  | 'stop'
  | 'interrupt'
  | 'quit'
  | 'suspend'
  | 'faster'
  | 'slower'
  | 'planned'
  | 'hold'
  | 'redraw'
  | 'help'

/** In raw mode the terminal makes no signals of keys: Ctrl-C, Ctrl-\ and Ctrl-Z come as octets. */
const KEYS: Readonly<Record<string, Key>> = {
  q: 'stop',
  Q: 'stop',
  '\x03': 'interrupt',
  '\x1c': 'quit',
  '\x1a': 'suspend',
  '+': 'faster',
  // The same key without shift, on most keyboards.
  '=': 'faster',
  '-': 'slower',
  _: 'slower',
  '0': 'planned',
  ' ': 'hold',
  '\x0c': 'redraw',
  '?': 'help',
  h: 'help',
}

/** Arrow keys and their like: ECMA-48 control sequences, and the three-octet ones of keypads. */
const SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|O[\x20-\x7e]|[\x20-\x7e])/g

/** The keys in what came from the terminal; others mean nothing. */
export function keysOf(text: string): Key[] {
  const typed = text.replaceAll('\x1b[A', '+').replaceAll('\x1b[B', '-').replace(SEQUENCE, '')
  return [...typed].flatMap((one) => KEYS[one] ?? [])
}

/** A tenth more or less of what is asked for, within 0.01..100; what comes close to the plan's own rate is that. */
export function stepped(scale: number, key: 'faster' | 'slower'): number {
  const next = key === 'faster' ? scale * 1.1 : scale / 1.1
  const snapped = Math.abs(next - 1) < 0.01 ? 1 : next
  return Math.min(100, Math.max(0.01, Math.round(snapped * 1000) / 1000))
}

/** The line that names them. */
export function keyLine(can: {
  readonly keys: boolean
  readonly rate: boolean
  readonly stopping: boolean
  readonly held: boolean
}): string {
  if (can.held) return 'held still: space goes on'
  if (!can.keys) return can.stopping ? 'Ctrl-C end now' : 'Ctrl-C stop'
  const stop = can.stopping ? 'q end now' : 'q stop'
  return `${stop}${can.rate && !can.stopping ? '  +/- rate' : ''}  ? help`
}

/** What `?` shows. */
export function helpLines(rate: boolean): string[] {
  return [
    'q  Ctrl-C   stop: no new mail, wait for what is under way; again: end at once',
    ...(rate
      ? ['+  -        a tenth more or less of the rate; arrow keys too', '0           the rate as planned']
      : []),
    'space       hold the picture still, and let it go on',
    'Ctrl-Z      put it aside (the shell says fg); Ctrl-L draws everything anew',
    '?           back to the tables',
    '',
    'latency and phases are of the last 5 s, from the intended start; max of the run',
    'generator   over the last 10 s: clear, or the figures say more about this machine',
  ]
}
