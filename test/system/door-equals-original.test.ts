import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { type Call, call, type Seen } from '../door/subject.js'
import { COMMON, VECTORS } from '../door/vectors.js'
import { missing, need } from '../peer/distribution.js'
import { DOOR, ORIGINAL, type Program } from '../peer/run-program.js'
import type { Record } from '../peer/script.js'

const reason = missing('smtp-source')
/** The door, numbering recipients as 3.7 does. */
const CLASSIC_DOOR: Program = { ...DOOR, env: { STAMPEDE_NUMBERING: 'classic' } }

interface Recorded extends Call {
  readonly id: string
  readonly title: string
}

/** Further ways to call it that no vector has. */
const MORE: readonly Recorded[] = [
  { id: '+a', title: 'a message of many writes', argv: [...COMMON, '-l', '1000000'] },
  { id: '+b', title: 'several sessions, kept', argv: [...COMMON, '-d', '-s', '5', '-m', '50', '-c'] },
  { id: '+c', title: 'several sessions, not kept', argv: [...COMMON, '-s', '5', '-m', '23', '-c'] },
  { id: '+d', title: 'numbered, many recipients, kept', argv: [...COMMON, '-d', '-N', '-r', '4', '-m', '3'] },
  {
    id: '+e',
    title: 'LMTP over a unix socket',
    argv: [...COMMON, '-L', '-r', '3', '-d', '-m', '2'],
    server: { listen: 'unix', protocol: 'lmtp' },
  },
  { id: '+f', title: 'IPv6', argv: [...COMMON, '-6'], server: { listen: 'inet6' } },
  { id: '+g', title: 'a subject and a sized payload', argv: [...COMMON, '-S', 'a b', '-l', '1000'] },
  { id: '+h', title: 'no operand', argv: ['-v'], server: null },
  { id: '+i', title: 'an unknown option', argv: ['-Z'] },
  { id: '+j', title: 'an option without its argument', argv: ['@', '-m'] },
  { id: '+k', title: 'a missing message file', argv: ['-F', '%nowhere'] },
  { id: '+l', title: 'a bad host name', argv: ['-M', '-a.b'] },
  { id: '+m', title: 'a numeric host name', argv: ['-M', '1.2.3.4'] },
  { id: '+n', title: 'bad counts', argv: ['-s', '0'] },
  { id: '+o', title: 'a bad window', argv: ['-T', '-5'] },
  { id: '+p', title: 'verbose', argv: [...COMMON, '-v'] },
  {
    id: '+q',
    title: 'verbose, refused',
    argv: [...COMMON, '-v', '-A'],
    server: { rules: [{ stage: 'rcpt', do: [{ reply: '550-no\r\n550 never' }] }] },
  },
  {
    id: '+r',
    title: 'every stage refused under -A',
    argv: [...COMMON, '-A', '-d', '-m', '6', '-c'],
    server: { rules: refusals() },
  },
]

function refusals(): NonNullable<NonNullable<Recorded['server']>['rules']> {
  const no = (stage: 'greeting' | 'hello' | 'mail' | 'rcpt' | 'data' | 'dot' | 'rset' | 'quit', nth: number) => ({
    stage,
    nth,
    do: [{ reply: `5${nth}0 5.0.0 no ${stage}` }],
  })
  return [
    no('greeting', 1),
    no('hello', 1),
    no('mail', 1),
    no('rcpt', 2),
    no('data', 2),
    no('dot', 1),
    no('rset', 2),
    no('quit', 1),
  ]
}

/** Reads of one connection, with what differs from run to run made equal. */
function reads(record: Record): string[] {
  const texts = record.reads.map((read) => read.toString('latin1'))
  // A larger message comes in reads whose size the kernel chooses.
  const kept = record.octets < 32_768 ? texts : [texts.join('')]
  return kept.map((text) =>
    text
      .replace(/^Date: .*$/gm, (date) => date.replace(/\d\d:\d\d:\d\d/, 'hh:mm:ss').replace(/, (?: |0)(\d) /, ', 0$1 '))
      .replace(/^Message-Id: <[0-9a-f]{4,}\.[0-9a-f]{4,}\./gm, 'Message-Id: <p.f.'),
  )
}

/** Under -v the original also prints its library's own notes, which nobody should rely on; commands and replies remain. */
function diagnostics({ stderr }: Seen): string[] {
  const noise = /^P: (name_mask: |smtp_stream_setup: |vstream_tweak_|fd=\d+: )/
  return stderr.split('\n').filter((line) => !noise.test(line))
}

/**
 * Which of several sessions sends how many of the messages is up to the order of events, and so is what each connection
 * carries; that each read is followed by what may follow it, and how often in all, is not.
 */
function steps(connections: readonly { readonly reads: readonly string[]; readonly ending: string }[]): string[] {
  const pairs = connections.flatMap(({ reads: texts, ending }) => {
    const alike = ['(opened)', ...texts.map((text) => text.replace(/<p\.f\.\w+@/g, '<p.f.n@')), `(${ending})`]
    return alike.slice(1).map((text, n) => JSON.stringify([alike[n], text]))
  })
  return pairs.sort()
}

function recording(seen: Seen, several: boolean): unknown {
  // A program that we kill leaves the end of its connections to the kernel.
  const connections = seen.connections.map((record) => ({
    reads: reads(record),
    ending: seen.signal === 'SIGKILL' ? '' : record.ending,
  }))
  return {
    connections: several ? { count: connections.length, steps: steps(connections) } : connections,
    stdout: seen.stdout,
    stderr: diagnostics(seen),
    code: seen.code,
    signal: seen.signal,
  }
}

async function compare(one: Program, other: Program, what: Recorded): Promise<void> {
  const several = what.argv.includes('-s')
  const [left, right] = await Promise.all([call(one, what), call(other, what)])
  assert.deepEqual(recording(left, several), recording(right, several))
}

const ALL: readonly Recorded[] = [...VECTORS.filter((vector) => vector.notOriginal === undefined), ...MORE]

describe('the recorder finds the distribution’s smtp-source equal to itself', { concurrency: 4, skip: reason }, () => {
  before(() => need('smtp-source'))
  for (const what of ALL) it(`${what.id}: ${what.title}`, () => compare(ORIGINAL, ORIGINAL, what))
})

describe('the door puts the same octets on the wire as the distribution’s smtp-source', {
  concurrency: 4,
  skip: reason,
}, () => {
  before(() => need('smtp-source'))
  for (const what of ALL) it(`${what.id}: ${what.title}`, () => compare(CLASSIC_DOOR, ORIGINAL, what))
})

describe('the door numbers recipients as the newest Postfix where the versions differ', { concurrency: 4 }, () => {
  const differ = /^(14|17|18|19.|C|H)$/
  for (const vector of VECTORS.filter((v) => differ.test(v.id))) {
    it(`${vector.id}: ${vector.title}`, async () =>
      vector.expect(await call(DOOR, vector), { program: DOOR, numbering: 'newest' }))
  }
})
