import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { parseCount, parseDuration, parseShare, parseSize } from '#src/base/units.js'
import { againOfPlan } from '#src/cli/again.js'
import { thisMachine } from '#src/cli/machine.js'
import { parse } from '#src/cli/parse.js'
import { objectDocument, readPlanDocument } from '#src/cli/plan-file.js'
import { camel, planOptions } from '#src/cli/plan-keys.js'
import { planOfDocument } from '#src/cli/plan-load.js'
import { sourcePlan } from '#src/cli/plan-of.js'
import { planSchema } from '#src/cli/plan-schema.js'
import { checkShape } from '#src/cli/plan-shape.js'
import { valuesOf } from '#src/cli/plan-values.js'
import type { SourcePlan } from '#src/plan/plan.js'
import { MACHINE as NOWHERE } from './machine.js'

/** As elsewhere, but with real files. */
const MACHINE = { ...thisMachine(), ...NOWHERE, readFile: thisMachine().readFile, readFolder: thisMachine().readFolder }
const DIRECTORY = mkdtempSync(join(tmpdir(), 'stampede-plan-'))
after(() => rmSync(DIRECTORY, { recursive: true, force: true }))

function written(name: string, text: string): string {
  const path = join(DIRECTORY, name)
  writeFileSync(path, text)
  return path
}

const surroundings = (args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) => ({
  args: ['plan', ...args],
  environment,
  machine: MACHINE,
})

/** The plan of a file with these contents. */
async function planOf(name: string, text: string, ...rest: Parameters<typeof surroundings>): Promise<SourcePlan> {
  return planOfDocument(await readPlanDocument(written(name, text), MACHINE), surroundings(...rest)).plan
}

/** The plan of an object. */
function planOfObject(value: unknown, ...rest: Parameters<typeof surroundings>): SourcePlan {
  return planOfDocument(objectDocument(value), surroundings(...rest)).plan
}

const flags = (...args: string[]) => sourcePlan(parse('source', args, {}), MACHINE)
const TARGET = '127.0.0.1:2525'

/** The example of the manual. */
const YAML = `
target: smtp://127.0.0.1:2525
# What is sent
mix:
  - { weight: 80, size: 2KiB..20KiB, recipients: 1 }
  - { weight: 15, corpus: ./samples, recipients: 1..25 }
  - { weight: 5, fault: slow-client, delay: 200ms }
load:
  - { rate: 0..2k/s, for: 30s }
  - { rate: 2k/s,    for: 5m }
sessions: { max: 400, messagesEach: 50 }
chunking: auto
thresholds: [ "message.p99 < 200ms", "errors.rate < 0.1%" ]
out: [ json=result.json ]
tags: { build: 1234, branch: main }
`
const OBJECT = {
  target: 'smtp://127.0.0.1:2525',
  mix: [
    { weight: 80, size: '2KiB..20KiB', recipients: 1 },
    { weight: 15, corpus: './samples', recipients: '1..25' },
    { weight: 5, fault: 'slow-client', delay: '200ms' },
  ],
  load: [
    { rate: '0..2k/s', for: '30s' },
    { rate: '2k/s', for: '5m' },
  ],
  sessions: { max: 400, messagesEach: 50 },
  chunking: 'auto',
  thresholds: ['message.p99 < 200ms', 'errors.rate < 0.1%'],
  out: ['json=result.json'],
  tags: { build: 1234, branch: 'main' },
}
mkdirSync(join(DIRECTORY, 'samples'))
written('samples/one.eml', 'Subject: one\r\n\r\nHello.\r\n')

describe('a plan file', () => {
  it('means the same as JSON, as YAML, and as a module that exports it or makes it', async () => {
    const plan = await planOf('a.yaml', YAML)
    const json = JSON.stringify(OBJECT, null, 2)
    assert.deepEqual(await planOf('a.json', json), plan)
    assert.deepEqual(await planOf('a.yml', json), plan, 'JSON is YAML')
    assert.deepEqual(await planOf('a.mjs', `export default ${json}`), plan)
    assert.deepEqual(await planOf('b.mjs', `export default () => (${json})`), plan)
    assert.deepEqual(await planOf('c.mjs', `export default async () => (${json})`), plan)
  })

  it('comes to what the flags for it would', async () => {
    const { mix, ...plan } = await planOf('a.yaml', YAML)
    const { mix: none, ...same } = flags(
      ...[
        '--rate',
        '0..2k/s:30s',
        '--rate',
        '2k/s:5m',
        '--sessions',
        '400',
        '--per-session',
        '50',
        '--chunking',
        'auto',
      ],
      ...['--threshold', 'message.p99 < 200ms', '--threshold', 'errors.rate < 0.1%', '--tag', 'build=1234'],
      ...['--tag', 'branch=main', '--slow-client', '0.05:data:16/200ms', 'smtp://127.0.0.1:2525'],
    )
    assert.deepEqual(plan, same)
    assert.deepEqual(none, [])
    assert.deepEqual(
      mix.map(({ weight, mail }) => [weight, mail.sizes, mail.corpus?.messages.length, mail.recipientsMost]),
      [
        [80, { kind: 'uniform', from: 2048, to: 20_480 }, undefined, 1],
        [15, null, 1, 25],
      ],
    )
  })

  it('loses to the environment, and that to the command line', () => {
    const plan = { target: TARGET, sessions: 5, messages: 100, size: '1k', subject: 'file' }
    const both = planOfObject(plan, ['-s', '9'], { STAMPEDE_SESSIONS: '7', STAMPEDE_MESSAGES: '70' })
    assert.deepEqual([both.load.sessions, both.load.messages, both.mail.size], [9, 70, 1000])
    assert.equal(planOfObject(plan, ['-s', '9']).mail.subject, 'file')
    assert.equal(planOfObject(plan, ['other.example:26']).target.text, 'other.example:26')
    assert.equal(planOfObject({ messages: 3 }, [TARGET]).target.text, TARGET)
  })

  it('is silent about what excludes something that was said before it', () => {
    assert.equal(planOfObject({ target: TARGET, delay: '1s' }, ['-R', '2']).load.delay?.kind, 'random')
    assert.equal(planOfObject({ target: TARGET, reuse: false }, ['--per-session', '3']).load.perSession, 3)
    assert.equal(planOfObject({ target: 'host', ipv4: true }, [], { STAMPEDE_IPV6: '1' }).wire.family, 6)
    const rates = { target: TARGET, load: [{ rate: '1k/s', for: '30s' }] }
    const { load } = planOfObject(rates, ['--rate', '5/s'])
    assert.deepEqual([load.arrivals?.shape, load.durationMs], [{ kind: 'constant', rate: 5 }, 30_000])
    const judged = planOfObject({ target: TARGET, thresholds: ['dropped == 0'] }, ['--threshold', 'failed == 0'])
    assert.deepEqual(
      judged.thresholds.map(({ text }) => text),
      ['failed == 0'],
    )
  })

  it('takes each option by its names, as the command line does', () => {
    const values: Readonly<Record<string, unknown>> = {
      flag: true,
      counter: 2,
      count: 3,
      counts: '1..3',
      size: '1KiB',
      sizes: '1KiB..2KiB',
      duration: '1500ms',
      rate: '5/s',
      share: 0.25,
      text: 'text: #1',
      file: join(DIRECTORY, 'x'),
      list: ['a', 'b'],
      workers: 'auto',
    }
    for (const option of planOptions()) {
      const value = option.kind === 'choice' ? option.choices.at(-1) : values[option.kind]
      assert.notEqual(value, undefined, option.kind)
      const text = option.kind === 'list' ? 'a,b' : String(value)
      const args =
        option.kind === 'flag'
          ? [`--${option.name}`]
          : option.kind === 'counter'
            ? [`--${option.name}`, `--${option.name}`]
            : [`--${option.name}=${text}`]
      const wanted = parse('run', args, {}).words(() => true)
      for (const key of [option.name, camel(option.name), ...option.aliases, ...option.aliases.map(camel)]) {
        const document = objectDocument({ [key]: value })
        checkShape(document)
        const { values: own } = valuesOf(document)
        const given = parse('run', [], {}, { operands: [], layers: [own] })
        assert.deepEqual(
          given.words(() => true),
          wanted,
          key,
        )
        assert.equal(given.label(option.name), `plan: ${key}`)
      }
    }
  })

  it('names files as seen from where it stands', async () => {
    mkdirSync(join(DIRECTORY, 'inner'), { recursive: true })
    written('inner/mail.eml', 'Subject: x\n\nbody\n')
    written('sizes.txt', '100 1\n200 3\n')
    const file = await planOf('inner/b.yaml', `target: ${TARGET}\nmessageFile: mail.eml\n`)
    assert.equal(file.mail.fileName, join(DIRECTORY, 'inner/mail.eml'))
    const sizes = await planOf('inner/c.yaml', `target: ${TARGET}\nsize: file:../sizes.txt\n`)
    assert.equal(sizes.mail.sizes?.kind, 'histogram')
    assert.equal(
      (await planOf('inner/d.yaml', `target: ${TARGET}\nmessageFile: ${DIRECTORY}/inner/mail.eml\n`)).mail.fileName,
      join(DIRECTORY, 'inner/mail.eml'),
    )
  })

  it('keeps text that looks like something else in YAML', async () => {
    const plan = await planOf('e.yaml', `target: ${TARGET}\nchunking: off\nsubject: "yes"\nfrom: ''\nseed: '0012'\n`)
    assert.deepEqual([plan.wire.chunking, plan.mail.subject, plan.mail.from, plan.seed], ['off', 'yes', '', '0012'])
  })
})

describe('the load of a plan', () => {
  const load = (value: unknown, args: readonly string[] = []) =>
    planOfObject({ target: TARGET, load: value }, args).load

  it('is stages of rates', () => {
    const { arrivals, durationMs } = load([
      { rate: '0..100/s', for: '10s' },
      { rate: 100, for: '1m30s' },
    ])
    assert.deepEqual(arrivals?.shape, {
      kind: 'stages',
      stages: [
        { from: 0, to: 100, ms: 10_000 },
        { from: 100, to: 100, ms: 90_000 },
      ],
    })
    assert.equal(durationMs, 100_000)
  })

  it('is stages of sessions: up, level and down', () => {
    const ramped = load([
      { sessions: '10..100', for: '30s' },
      { sessions: 100, for: '20s' },
      { sessions: '100', for: '10s' },
      { sessions: '100..10', for: '5s' },
    ])
    assert.deepEqual(
      [ramped.sessions, ramped.ramp, ramped.durationMs],
      [100, { from: 10, upMs: 30_000, downMs: 5000 }, 65_000],
    )
    const level = load([{ sessions: 7, for: '3s' }])
    assert.deepEqual([level.sessions, level.ramp, level.durationMs], [7, null, 3000])
    assert.deepEqual(load([{ sessions: '0..7', for: '3s' }]).ramp, { from: 1, upMs: 3000, downMs: 0 })
  })

  it('is options of the load, with stages among them', () => {
    const { arrivals, warmupMs, sessions } = load({
      stages: [{ rate: '100/s', for: '10s' }],
      arrivals: 'poisson',
      late: 'drop',
      warmup: '2s',
      sessions: 8,
    })
    assert.deepEqual([arrivals?.process, arrivals?.late, warmupMs, sessions], ['poisson', 'drop', 2000, 8])
    const longer = planOfObject({ target: TARGET, duration: '9s', load: [{ rate: '5/s', for: '3s' }] }).load
    assert.equal(longer.durationMs, 9000, 'the last rate stands after the last stage')
    const { ramp } = planOfObject({
      target: TARGET,
      duration: '9s',
      sessions: { max: 9, min: 2, rampUp: '3s', rampDown: '1s' },
    }).load
    assert.deepEqual(ramp, { from: 2, upMs: 3000, downMs: 1000 })
  })
})

describe('the mix of a plan', () => {
  it('takes what a part does not say from outside, and the command line over both', () => {
    const mix = [
      { size: '1k' },
      { weight: 2.5, mime: 'text:1KiB', subject: 'part' },
      { weight: 1, from: 'a@b.example' },
    ]
    const plan = planOfObject({ target: TARGET, size: '7k', subject: 'outside', mix }, ['--recipients', '4'])
    assert.deepEqual(
      plan.mix.map(({ weight, mail }) => [weight, mail.size, mail.subject, mail.recipients, mail.mime !== null]),
      [
        [1, 1000, 'outside', 4, false],
        [2.5, null, 'part', 4, true],
        [1, 7000, 'outside', 4, false],
      ],
    )
    assert.equal(plan.mix[2]!.mail.from, 'a@b.example')
    assert.deepEqual(
      planOfObject({ target: TARGET, mix }, ['--size', '5']).mix.map(({ mail }) => [mail.size, mail.mime]),
      [
        [5, null],
        [5, null],
        [5, null],
      ],
    )
  })

  it('may misbehave, each kind in the share of its weight', () => {
    const mix = [
      { weight: 6 },
      { weight: 1, fault: 'slow-client', where: 'read', octets: 8 },
      { weight: 1, fault: 'malformed', cases: ['unknown-verb', 'empty-line'] },
      { weight: 1, fault: 'abort', stage: 'rcpt', how: 'close' },
      { weight: 1, fault: 'half-open', hold: '9s' },
    ]
    const { mischief, mix: mails } = planOfObject({ target: TARGET, sessions: 100, messages: 1000, mix })
    assert.equal(mails.length, 1)
    assert.deepEqual(mischief, [
      { kind: 'slow', share: 0.1, where: 'read', octets: 8, everyMs: 100 },
      { kind: 'malformed', share: 0.1, cases: ['unknown-verb', 'empty-line'] },
      { kind: 'abort', share: 0.1, stage: 'rcpt', how: 'close' },
      { kind: 'half-open', share: 0.1, holdMs: 9000 },
    ])
  })
})

describe('what is wrong in a plan is said with its place', () => {
  const YAMLS: readonly (readonly [text: string, sentence: string])[] = [
    ['target: h\nsesions: 3\n', '2:1: sesions is unknown; did you mean sessions?'],
    [
      'target: h\nload:\n  - { rate: 5/s, for: 10s }\n  - { rate: 5/s, fro: 10s }\n',
      '4:18: load[1].fro is unknown; did you mean for?',
    ],
    ['target: h\nload:\n  - rate: 5/s\n', "3:5: load[0] lacks 'for'; give for."],
    ['target: h\nload:\n  - rate: 5/s\n    for: 10\n', '4:5: load[0].for: 10 will not do; give a text, in quotes.'],
    [
      'target: h\nload:\n  - rate: 5/s\n    for: 10x\n',
      "4:5: load[0].for: '10x' is not a time; give one such as 500ms, 30s, 2m or 1h.",
    ],
    [
      'target: h\nload:\n  - { rate: 5/s, for: 1s }\n  - { rate: fast, for: 1s }\n',
      "4:7: load[1].rate: 'fast' is not a rate; give messages per time such as 500/s, 5k/s or 300/m.",
    ],
    ['target: h\nload:\n  - { for: 10s }\n', '3:5: load[0] has to have one of rate and sessions.'],
    [
      'target: h\nload:\n  - { rate: 5/s, for: 10s }\n  - { sessions: 5, for: 10s }\n',
      '4:5: load[1]: stages are either of rates or of sessions; give rate here too.',
    ],
    [
      'target: h\nload:\n  - { sessions: 1..9, for: 10s }\n  - { sessions: 5, for: 10s }\n',
      '4:7: load[1].sessions: sessions go up once, stay, and come down once; give 9 here, or one stage up and one down.',
    ],
    [
      'target: h\nload:\n  - { sessions: 2..9, for: 10s }\n  - { sessions: 9..1, for: 10s }\n',
      '4:7: load[1].sessions: sessions come down to where they came from; give 9..2.',
    ],
    ['target: h\nload: []\n', '2:1: load: the list is empty; give at least one.'],
    ['target: h\nload: 5\n', '2:1: load: 5 will not do; give a list or an object.'],
    ['target: h\nsessions: { max: 0 }\n', '2:13: sessions.max: 0 is too small; give at least 1.'],
    ['target: h\nsessions: { mx: 3 }\n', '2:13: sessions.mx is unknown; did you mean max?'],
    ['target: h\nsessions: true\n', '2:1: sessions: true will not do; give a whole number, a text or an object.'],
    ['target: h\npipelining: maybe\n', "2:1: pipelining: 'maybe' is not known; give auto, off or require."],
    ['target: h\nlmtp: 1\n', '2:1: lmtp: 1 will not do; give true or false.'],
    ['target: h\nseed: 12\n', '2:1: seed: 12 will not do; give a text, in quotes.'],
    [
      'target: h\nthresholds:\n  - failed == 0\n  - mesage.p99 < 1s\n',
      "4:5: thresholds[1]: 'mesage.p99 < 1s': there is no metric mesage; did you mean message?",
    ],
    ['target: h\ntags: { a b: c }\n', "2:9: tags.a b: 'a b=c' is no tag; give one such as build=1234, on one line."],
    ['target: h\nauth: { user: me, password: secret }\n', '2:1: auth: an object will not do; give a text.'],
    ['target: h\nmix: []\n', '2:1: mix: the list is empty; give at least one.'],
    ['target: h\nmix:\n  - { weight: 0 }\n', '3:7: mix[0].weight: 0 is too small; give more than 0.'],
    ['target: h\nmix:\n  - { szie: 5 }\n', '3:7: mix[0].szie is unknown; did you mean size?'],
    [
      'target: h\nmix:\n  - { size: 5 }\n  - { size: 5x }\n',
      "4:7: mix[1].size: '5x' is not a size; give octets such as 1024, 64k, 5MB or 10KiB.",
    ],
    [
      'target: h\nmix:\n  - { fault: slow-cleint }\n',
      '2:1: mix: no part of it is healthy mail; give one without fault.',
    ],
    [
      'target: h\nmix:\n  - {}\n  - { fault: slow-cleint }\n',
      "4:7: mix[1].fault: 'slow-cleint' is not known; did you mean slow-client?",
    ],
    [
      'target: h\nmix:\n  - {}\n  - { fault: abort, stage: lunch }\n',
      "4:7: mix[1].fault: 'lunch' is not known; give connect, greeting, ehlo, starttls, auth, mail, rcpt, data, body or dot.",
    ],
    [
      'target: h\nmix:\n  - {}\n  - { fault: abort, size: 5 }\n',
      '4:21: mix[1].size means nothing with abort; what it takes is stage, how.',
    ],
    [
      'target: h\nmix:\n  - { stage: rcpt }\n',
      '3:7: mix[0].stage means nothing without fault; leave it out, or give one.',
    ],
    ['target: h\niOwnThisServer: true\n', '2:1: iOwnThisServer is for the command line alone.'],
    ['messages: 3\n', "1:1 lacks 'target'; give one there, or TARGET after PLAN."],
    ['- target: h\n', '1:1: a list will not do; give an object.'],
    ['target: h\ntarget: i\n', '2:1: cannot be read (Map keys must be unique).'],
    [
      'target: [h\n',
      '2:1: cannot be read (Flow sequence in block collection must be sufficiently indented and end with a ]).',
    ],
  ]
  for (const [text, sentence] of YAMLS) {
    it(sentence, async () => {
      await assert.rejects(planOf('bad.yaml', text), {
        name: 'UsageError',
        message: `${join(DIRECTORY, 'bad.yaml')}:${sentence.replace(/^mix: /, '')}`,
      })
    })
  }

  it('and what contradicts itself over several values, with the name of the file', async () => {
    const bad = join(DIRECTORY, 'bad.yaml')
    await assert.rejects(planOf('bad.yaml', "target: '127.0.0.1:'\nmessages: 5\nipv6: true\n"), { name: 'UsageError' })
    await assert.rejects(planOf('bad.yaml', "target: 'h:x y'\n"), {
      message: `${bad}: TARGET 'h:x y': unknown port or service; give host, host:port, [IPv6]:port, unix:/path or smtp://host:port.`,
    })
    await assert.rejects(planOf('bad.yaml', 'target: h\ndelay: 1s\nrandomDelay: 1s\n'), {
      message: `${bad}:2:1: delay and ${bad}:3:1: randomDelay exclude each other; give one of them.`,
    })
    await assert.rejects(planOf('bad.yaml', 'target: h\n', ['other', 'third']), {
      message: "'third' is one operand too many; give PLAN and at most one TARGET.",
    })
  })

  it('and what is said twice', async () => {
    const bad = join(DIRECTORY, 'bad.yaml')
    await assert.rejects(planOf('bad.yaml', 'target: h\nperSession: 5\nsessions: { messagesEach: 6 }\n'), {
      message: `${bad}:3:13: sessions.messagesEach says again what ${bad}:2:1: perSession says; leave one of them out.`,
    })
  })

  it('in JSON and in modules too', async () => {
    const bad = (name: string) => join(DIRECTORY, name)
    await assert.rejects(planOf('bad.json', '{ "target": "h",\n  "timeout": "30" }'), {
      message: `${bad('bad.json')}:2:3: timeout: '30' lacks its unit; give one such as 500ms, 30s, 2m or 1h.`,
    })
    await assert.rejects(planOf('bad.json', 'target: h\n'), /bad\.json: is no JSON \(.*\)\.$/)
    await assert.rejects(planOf('bad1.mjs', 'export default { target: "h", load: [{ rate: "x", for: "1s" }] }'), {
      message: `${bad('bad1.mjs')}: load[0].rate: 'x' is not a rate; give messages per time such as 500/s, 5k/s or 300/m.`,
    })
    await assert.rejects(planOf('bad2.mjs', 'export const plan = {}'), {
      message: `${bad('bad2.mjs')}: there is no default export beside plan; give the plan as one.`,
    })
    await assert.rejects(planOf('bad3.mjs', 'export default () => { throw new Error("no luck") }'), {
      message: `${bad('bad3.mjs')}: its function failed (no luck).`,
    })
    await assert.rejects(planOf('bad4.mjs', 'export default {'), /PLAN '.*bad4\.mjs': cannot be loaded \(.*\)\.$/)
    await assert.rejects(planOf('bad.toml', ''), {
      message: `PLAN '${bad('bad.toml')}' is of no kind that is known; give a file named .json, .yaml, .yml, .mjs or .js.`,
    })
    await assert.rejects(readPlanDocument('/nowhere/a.yaml', MACHINE), {
      message: "PLAN: cannot read '/nowhere/a.yaml' (no such file or directory); give a readable file.",
    })
    await assert.rejects(planOf('bad.yaml', '\0\xff'.repeat(3)), { name: 'UsageError' })
  })

  it('and nothing else happens, whatever the document is', () => {
    const key = fc.oneof(
      fc.constantFrom(
        'target',
        'load',
        'sessions',
        'mix',
        'thresholds',
        'tags',
        'out',
        'rate',
        'size',
        'fault',
        'weight',
      ),
      fc.constantFrom('for', 'max', 'stages', 'duration', 'messages', 'lmtp', 'header', 'sourceIp', '__proto__', ''),
    )
    const value = fc.oneof(
      fc.constantFrom('h', '5/s', '1s', '1k', 'abort', 'a=b', '1..5', 'json'),
      fc.jsonValue({ maxDepth: 0 }),
    )
    const { node } = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        value,
        fc.dictionary(key, tie('node'), { maxKeys: 5 }),
        fc.array(tie('node'), { maxLength: 3 }),
      ),
    }))
    let good = 0
    fc.assert(
      fc.property(node, (document) => {
        try {
          planOfObject(typeof document === 'object' && document !== null ? { target: 'h', ...document } : document)
          good++
        } catch (error) {
          assert.equal((error as Error).name, 'UsageError', String((error as Error).stack))
        }
      }),
      { numRuns: 2000 },
    )
    assert.ok(good > 20, `${good} of 2000 were plans`)
  })
})

describe('the schema', () => {
  it('knows every option, and holds for the example', () => {
    const { properties } = planSchema() as { properties: Record<string, unknown> }
    for (const { name } of planOptions()) assert.ok(Object.hasOwn(properties, camel(name)), name)
    checkShape(objectDocument(OBJECT))
  })

  it('takes exactly the counts, sizes, times and shares that their readers take', () => {
    const schemas = planSchema() as { properties: Record<string, { pattern?: string }> }
    const digits = fc.constantFrom('0', '5', '12', '1.5', '.5', '100', '')
    const unit = fc.constantFrom(
      '',
      'k',
      'K',
      'M',
      'G',
      'Ki',
      'KiB',
      'MB',
      'B',
      'ms',
      's',
      'm',
      'h',
      'd',
      '%',
      '/s',
      ' ',
      'x',
    )
    const text = fc.array(
      fc.tuple(digits, unit).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 2 },
    )
    const readers = [
      ['messages', (one: string) => parseCount(one, '', { min: 0 })],
      ['tcpWindow', (one: string) => parseSize(one, '')],
      ['timeout', (one: string) => parseDuration(one, '')],
      ['delay', (one: string) => parseDuration(one, '', { bareUnit: 's' })],
      ['authFailureRate', (one: string) => parseShare(one, '')],
    ] as const
    fc.assert(
      fc.property(text, (parts) => {
        const one = parts.join('')
        for (const [key, read] of readers) {
          let known = true
          try {
            read(one)
          } catch (error) {
            // Too large, not a whole number of octets, more than all of it: a question of the value, not of its form.
            if (/too (large|small)|is not a (count|size)|is no share/.test(String(error)) && /^[\d.]+\D*$/.test(one))
              continue
            known = false
          }
          assert.equal(new RegExp(schemas.properties[key]!.pattern!).test(one), known, `${key}: '${one}'`)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('the line that repeats a plan', () => {
  it('names the file, the seed, and what was said beside it; never a secret', () => {
    const line = (args: readonly string[], environment = {}) => againOfPlan(parse('run', args, environment), 'c0de')
    assert.equal(line(['p.yaml']), 'stampede run p.yaml --seed c0de')
    assert.equal(
      line([
        'p.yaml',
        'host:26',
        '-s',
        '9',
        '--json',
        '--seed',
        '1',
        '--no-reuse',
        '--threshold',
        'failed == 0',
        '--tag',
        'a=b',
        '-v',
      ]),
      "stampede run p.yaml host:26 --seed c0de --sessions=9 --no-reuse '--threshold=failed == 0' --tag=a=b",
    )
    assert.equal(
      line(['p.yaml', '--rate', '1/s:1s', '--rate', '2/s:1s']),
      'stampede run p.yaml --seed c0de --rate=1/s:1s --rate=2/s:1s',
    )
    assert.doesNotMatch(line(['p.yaml', '--auth', 'plain:me:hush:hush']), /hush/)
    assert.doesNotMatch(line(['p.yaml'], { STAMPEDE_AUTH: 'plain:me:hush' }), /hush/)
    assert.equal(line(['p.yaml'], { STAMPEDE_MESSAGES: '7' }), 'stampede run p.yaml --seed c0de --messages=7')
  })
})
