import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DoorFatal } from '#src/cli/door-args.js'
import { optionsOf } from '#src/cli/options.js'
import { sinkDoorTarget } from '#src/cli/smtp-sink.js'
import { parseSinkDoor } from '#src/cli/smtp-sink-args.js'
import { sinkDoorPlan } from '#src/cli/smtp-sink-plan.js'
import type { SinkPlan } from '#src/plan/sink-plan.js'
import { CLASSIC_VECTORS } from '../smtp/classic-vectors.js'

const ENDPOINT = ['127.0.0.1:2525', '100'] as const

function planOf(...argv: string[]): SinkPlan {
  const options = parseSinkDoor('smtp-sink', [...argv, ...ENDPOINT], false)
  return sinkDoorPlan(
    options,
    'smtp-sink',
    sinkDoorTarget(options.operand, () => null),
  )
}

function fatal(argv: readonly string[], isRoot = false): string {
  try {
    parseSinkDoor('P', argv, isRoot)
  } catch (error) {
    if (error instanceof DoorFatal) return [...error.lines, error.message].join('|').replace(/usage: .*/, 'USAGE')
    throw error
  }
  return 'taken'
}

describe('the door smtp-sink: arguments to plan', () => {
  it('without options is what the original is', () => {
    const { door, ...plan } = planOf()
    assert.deepEqual(plan, {
      listen: { kind: 'inet', host: '127.0.0.1', port: 2525, text: '127.0.0.1:2525' },
      family: 0,
      backlog: 100,
      workers: 1,
      protocol: 'smtp',
      hostname: 'smtp-sink',
      maxSessions: 256,
      maxSize: null,
      idleTimeoutMs: 100_000,
      without: [],
      quitAfterMessages: null,
      quitAfterQuits: null,
      policy: null,
      tls: null,
      auth: null,
      keep: { ledger: null, dump: null },
      greeting: 'esmtp',
      afterData: null,
      lenientEod: false,
      record: false,
      talk: { verbose: false, log: [] },
      tcpWindow: null,
    })
    assert.equal(door!.program, 'smtp-sink')
    assert.ok(Object.values(door!.announce).every((announced) => announced))
  })

  for (const { id, argv, door, lmtp, hostname, limits } of CLASSIC_VECTORS) {
    it(`${id}: ${argv.join(' ') || 'no option'}`, () => {
      const plan = planOf(...argv)
      assert.deepEqual(plan.door, door)
      assert.deepEqual([plan.protocol === 'lmtp', plan.hostname], [lmtp, hostname])
      const { quitAfterMessages: messages, quitAfterQuits: quits } = plan
      const none = Number.POSITIVE_INFINITY
      assert.deepEqual({ messages: messages ?? none, quits: quits ?? none }, limits)
    })
  }

  it('takes what the conversations do not need', () => {
    const plan = planOf(
      '-4',
      '-6',
      '-m',
      '7',
      '-t5x',
      '-T',
      '8192',
      '-M3',
      '-n',
      '4',
      '-D',
      '/%Y',
      '-S',
      'a\\n\\0b',
      '-cvv',
    )
    assert.deepEqual(
      [plan.family, plan.maxSessions, plan.idleTimeoutMs, plan.tcpWindow, plan.quitAfterMessages, plan.quitAfterQuits],
      [6, 7, 5000, 8192, 3, 4],
    )
    assert.deepEqual(plan.keep.dump, { kind: 'all', template: '/%Y', prefix: new Uint8Array([97, 10]) })
    assert.deepEqual([plan.door!.counter, plan.door!.verbose], [true, 2])
    assert.equal(planOf('-d', 'ü').keep.dump!.template, 'ü', 'names of files are characters')
    assert.equal(planOf('-h', 'ü').hostname, 'Ã¼', 'what goes on the wire is octets')
    assert.equal(planOf('-A', '1', '-H', '2').door!.dataReadDelay, null)
    assert.deepEqual(planOf('-W', 'noop:1', '-W', 'NOOP:2:3', '-w', '4').door!.delays, [
      { command: 'noop', seconds: 2, odds: 3 },
      { command: 'data', seconds: 4, odds: 0 },
    ])
    assert.deepEqual(planOf('-f', 'Mail,rcpt\t.', '-f', 'mail quit').door!.hardReject, ['mail', 'rcpt', '.', 'quit'])
  })

  it('names the first fault', () => {
    assert.equal(fatal([]), 'USAGE')
    assert.equal(fatal(['x', '1'], true), '-u option is required if running as root')
    assert.equal(fatal(['-u', 'nobody', 'x', '1'], true), 'taken')
    assert.equal(fatal(['-d', '', 'x', '1']), 'empty dump template')
    assert.equal(fatal(['-W', 'foo:0', '-Z']), 'unknown command: foo')
    assert.equal(fatal(['-b', '550 é', '-m0']), 'error: bad soft error reply: 550 ??|USAGE')
    assert.equal(fatal(['-t', 'é']), 'bad timeout: é')
  })

  it('knows every letter of its table, and no argument makes it fail in another way', () => {
    const letters = optionsOf('smtp-sink').map((option) => option.letter!)
    assert.equal([...letters].sort().join(''), '468ABCDEFHLMNPQRSTWabcdefhmnpqrstuvw')
    const word = fc.oneof(
      fc.constantFrom(...letters).map((letter) => `-${letter}`),
      fc.constantFrom('1', '0', 'noop', 'noop:1', '450 x', '500 y', ':0', '--', '-', ''),
      fc.string({ maxLength: 6 }),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), fc.boolean(), (argv, isRoot) => {
        assert.equal(typeof fatal(argv, isRoot), 'string')
      }),
      { numRuns: 2000 },
    )
  })
})
