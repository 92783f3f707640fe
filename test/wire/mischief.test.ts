import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MischiefDocument } from '#src/measure/mischief.js'
import { type LoadOptions, type LoadResult, runLoad } from '../peer/load.js'
import type { Record, Rule, Script } from '../peer/script.js'
import { ScriptedServer } from '../peer/scripted-server.js'
import { WrongServer } from '../peer/wrong-server.js'

const ALL = ['PIPELINING', 'CHUNKING']
type Result = LoadResult & { readonly mischief: MischiefDocument; readonly passed: boolean }

interface Seen {
  readonly result: Result
  readonly server: ScriptedServer
  /** Connections of misbehaving clients. */
  readonly bad: readonly Record[]
  readonly kind: MischiefDocument['kinds'][number]
}

/** Two seconds of one healthy session and one that misbehaves from the start. */
async function load(options: Omit<LoadOptions, 'target'>, script: Script = {}): Promise<Seen> {
  await using server = await ScriptedServer.start({ extensions: ALL, ...script })
  const result = (await runLoad({
    sessions: 2,
    workers: 1,
    duration: '2s',
    faultAfter: '0s',
    helo: 'client.example',
    // The healthy session makes one connection, the first, and keeps it.
    delay: '100ms',
    ...options,
    target: server.address,
  })) as Result
  await server.quiet()
  const bad = server.records.slice(1)
  assert.ok(bad.length > 0, 'somebody misbehaved')
  assert.equal(result.sessions.connected, 1, 'their connections are counted apart')
  assert.equal(result.messages.failed, 0)
  assert.equal(result.mischief.startedMs, 0)
  return { result, server, bad, kind: result.mischief.kinds[0]! }
}

/** All but the last one, which may have been cut short by the end of the run. */
function beforeTheEnd(bad: readonly Record[]): readonly Record[] {
  assert.ok(bad.length > 1)
  return bad.slice(0, -1)
}

/** How much came at once. */
function reads(record: Record): number[] {
  return record.reads.map((octets) => octets.length)
}

function text(record: Record): string {
  return Buffer.concat(record.reads).toString('latin1')
}

function rule(stage: Rule['stage'], ...actions: Rule['do']): Rule {
  return { stage, do: actions }
}

describe('slow clients', { concurrency: 1 }, () => {
  it('in data: the content comes a few octets at a time, the commands at once', async () => {
    const { bad, kind, result } = await load({ slowClient: '50%:data:300/150ms', duration: '3s' })
    assert.equal(kind.kind, 'slow data')
    const whole = bad.filter(({ messages }) => messages.length === 1)
    assert.ok(whole.length > 0 && kind.ends['2xx']! >= whole.length - 1)
    /** Lengths of the reads that brought the content. */
    const content = (record: Record) => {
      const start = text(record).indexOf('DATA\r\n') + 6
      let at = 0
      return reads(record).filter((length) => {
        at += length
        return at > start
      })
    }
    // A busy machine may read two pieces at once, now and then.
    assert.ok(whole.some((record) => Math.max(...content(record)) <= 300 && content(record).length >= 4))
    // Three waits at least lie between its first octet and its last.
    assert.ok(bad.length <= 1 + result.elapsedMs / 450, `${bad.length} connections`)
  })

  it('in commands: they come in pieces', async () => {
    const { bad, kind } = await load({ slowClient: '50%:commands:4/15ms', duration: '2s' })
    assert.equal(kind.kind, 'slow commands')
    const all = text(bad[0]!)
    const lengths = reads(bad[0]!)
    assert.match(all, /^EHLO client\.example\r\nMAIL FROM:<foo@client\.example>\r\nRCPT TO:/)
    assert.ok(lengths.filter((length) => length <= 4).length >= 10, lengths.join(' '))
    assert.ok(
      lengths.some((length) => length > 500),
      'the content came at once',
    )
    assert.ok(kind.ends['2xx']! >= 1)
  })

  it('in reading: what is answered piles up at the server', async () => {
    const { bad, kind } = await load(
      { slowClient: '50%:read:10/200ms', duration: '2s' },
      { extensions: [...ALL, `X-${'Y'.repeat(60_000)}`] },
    )
    assert.equal(kind.kind, 'slow read')
    // Ten octets every 200 ms are not the first reply.
    assert.deepEqual(
      bad.map((record) => record.commands),
      [['EHLO client.example']],
    )
    assert.deepEqual(kind.ends, { stopped: 1 })
  })

  it('that are thrown out count by how', async () => {
    const { kind } = await load(
      { slowClient: '50%:data:100/20ms' },
      { rules: [{ ...rule('body', { reply: '451 4.4.2 too slow' }, 'close'), connection: 2 }] },
    )
    assert.ok(kind.ends['4xx'] === 1 || kind.ends.closed === 1 || kind.ends.reset === 1, JSON.stringify(kind.ends))
  })
})

describe('clients that break off', { concurrency: 4 }, () => {
  /** The last command that each stage has sent. */
  const STAGES = [
    ['connect', null],
    ['greeting', null],
    ['ehlo', 'EHLO'],
    ['starttls', 'STARTTLS'],
    ['auth', 'AUTH'],
    ['mail', 'MAIL'],
    ['rcpt', 'RCPT'],
    ['data', 'DATA'],
    ['body', 'DATA'],
    ['dot', 'DATA'],
  ] as const
  for (const how of ['reset', 'close'] as const) {
    for (const [stage, last] of STAGES) {
      it(`at ${stage} by ${how}`, async () => {
        const { bad, kind } = await load(
          { abort: `50%:${stage}:${how}` },
          {
            extensions: [...ALL, 'STARTTLS', 'AUTH PLAIN'],
            rules:
              stage === 'auth'
                ? [rule('unknown', { reply: '334 ' })]
                : stage === 'starttls'
                  ? [rule('unknown', { reply: '220 go' })]
                  : [],
          },
        )
        assert.equal(kind.kind, `abort ${stage} by ${how}`)
        const whole = beforeTheEnd(bad)
        for (const record of whole) {
          assert.equal(record.commands.at(-1)?.slice(0, 8).split(' ')[0] ?? null, last)
          // A reply that is still on its way makes a close a reset too.
          if (how === 'reset' || !['connect', 'dot'].includes(stage))
            assert.equal(record.ending, how === 'reset' ? 'reset' : 'fin')
          const sent = text(record)
          const content = sent.slice(sent.indexOf('DATA\r\n') + 6)
          if (stage === 'data') assert.equal(content, '')
          if (stage === 'body') assert.ok(content.length > 4000 && !content.includes('\r\n.\r\n'), `${content.length}`)
          assert.equal(record.messages.length, stage === 'dot' ? 1 : 0)
        }
        assert.ok(kind.ends.left! >= whole.length)
      })
    }
  }

  it('not where the stage is not offered', async () => {
    const { bad, kind } = await load({ abort: '50%:starttls' })
    assert.ok(beforeTheEnd(bad).every((record) => record.commands.join() === 'EHLO client.example'))
    assert.ok(kind.ends['not offered']! > 0 && kind.ends.left === undefined)
  })
})

describe('half-open clients', { concurrency: 2 }, () => {
  it('send FIN after EHLO, and it is told how long the server held them', async () => {
    const { bad, kind } = await load({ halfOpen: '50%' })
    const whole = beforeTheEnd(bad)
    assert.ok(whole.every((record) => record.ending === 'fin' && record.commands.join() === 'EHLO client.example'))
    assert.ok(kind.ends.closed! > 0)
    assert.equal(kind.held!.count, kind.ends.closed)
    assert.ok(kind.held!.maxMs < 500)
  })

  it('leave when their time is over', async () => {
    await using server = await WrongServer.start({ holds: true })
    const result = (await runLoad({
      target: server.address,
      sessions: 2,
      workers: 1,
      duration: '2s',
      faultAfter: '0s',
      halfOpen: '50%:100ms',
    })) as Result
    const [kind] = result.mischief.kinds
    assert.ok(kind!.ends.left! > 1 && kind!.ends.closed === undefined, JSON.stringify(kind))
    assert.equal(kind!.held!.count, kind!.ends.left)
    assert.ok(kind!.held!.medianMs >= 99)
  })
})

describe('floods', { concurrency: 2 }, () => {
  it('connect so often and no oftener, with so many open at once, and say nothing', async () => {
    const { bad, kind, server, result } = await load({ connectFlood: '50/s:10', sessions: 1, duration: '2s' })
    assert.ok(
      bad.length > 30 && bad.length <= 1 + (50 * result.elapsedMs) / 1000,
      `${bad.length} in ${result.elapsedMs} ms`,
    )
    // A server may hear of a new connection before it hears that the oldest has left.
    assert.ok(server.peak > 8 && server.peak <= 14, `${server.peak} at once`)
    assert.ok(bad.every((record) => record.octets === 0))
    // One that is not yet established has nothing to reset.
    assert.ok(bad.filter((record) => record.ending === 'reset').length > bad.length / 2)
    assert.equal(kind.kind, 'connect flood')
    assert.ok(kind.ends['2xx']! > 20, JSON.stringify(kind.ends))
    assert.deepEqual([result.mischief.sessions, result.mischief.ofSessions], [0, 1])
  })

  it('that are turned away count by the reply', async () => {
    const rules = Array.from({ length: 400 }, (_, i) => ({
      ...rule('greeting', { reply: '421 too many' }, 'close'),
      connection: i + 2,
    }))
    const { kind } = await load({ connectFlood: '50/s:10', sessions: 1 }, { rules })
    assert.ok(kind.ends['4xx']! > 10 && kind.ends['2xx'] === undefined, JSON.stringify(kind.ends))
  })
})

describe('malformed clients', { concurrency: 2 }, () => {
  it('play the cases that were named, each on a connection of its own', async () => {
    const { bad, result } = await load({ malformed: '50%:unknown-verb,mail-twice' })
    const cases = result.mischief.cases
    assert.deepEqual(cases.map(({ name, verdict }) => `${name} ${verdict}`).sort(), [
      'mail-twice right',
      'unknown-verb right',
    ])
    assert.ok(cases.every(({ count }) => count >= 1))
    const spoke = bad.filter((record) => record.commands.some((line) => line.startsWith('XYZZY')))
    assert.ok(spoke.length >= cases.find(({ name }) => name === 'unknown-verb')!.count)
  })

  it('find a server out while it is loaded, and the healthy messages go on', async () => {
    await using server = await WrongServer.start({ end: /\r?\n\.\r?\n/ })
    const result = (await runLoad({
      target: server.address,
      sessions: 4,
      workers: 2,
      duration: '1500ms',
      faultAfter: '500ms',
      delay: '5ms',
      malformed: '25%:smuggle-n.n',
    })) as Result
    assert.deepEqual(
      result.mischief.cases.map(({ count: _, ...row }) => row),
      [
        {
          name: 'smuggle-n.n',
          section: 'RFC 5321 4.1.1.4',
          answer: '250×3 354 250',
          verdict: 'wrong',
          word: 'smuggled',
        },
      ],
    )
    assert.deepEqual([result.mischief.sessions, result.mischief.ofSessions, result.sessions.asked], [1, 4, 3])
    assert.equal(result.passed, true)
    assert.ok(result.messages.accepted > 50)
    // Both parts of the run were seen.
    const { alone, beside } = result.mischief.cost!
    assert.ok(alone.messages > 0 && beside.messages > 0)
    assert.equal(alone.messages + beside.messages, result.messages.accepted)
    assert.ok(alone.p50Ms > 0 && alone.p99Ms >= alone.p50Ms && beside.perSecond > 0)
  })
})

describe('their beginning', { concurrency: 2 }, () => {
  it('is a quarter into a run of so many messages', async () => {
    await using server = await ScriptedServer.start({ extensions: ALL })
    const result = (await runLoad({
      target: server.address,
      sessions: 3,
      workers: 2,
      messages: 200,
      delay: '20ms',
      abort: '33%:mail',
    })) as Result
    assert.equal(result.messages.accepted, 200)
    const { startedMs, cost } = result.mischief
    assert.ok(startedMs! > 0 && startedMs! < result.elapsedMs)
    // A hundred milliseconds lie between the decision and the beginning: ten messages at most.
    assert.ok(cost!.alone.messages >= 48 && cost!.alone.messages < 100, JSON.stringify(cost))
  })

  it('never comes in a run that is over before, and the summary says so', async () => {
    await using server = await ScriptedServer.start({ extensions: ALL })
    const result = (await runLoad({
      target: server.address,
      sessions: 2,
      messages: 4,
      abort: '50%:mail',
      faultAfter: '1m',
    })) as Result
    assert.deepEqual([result.mischief.startedMs, result.mischief.cost, result.messages.accepted], [null, null, 4])
    assert.equal(server.records.length, 1)
  })
})
