import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { UsageError } from '#src/base/errors.js'
import { thisMachine } from '#src/cli/machine.js'
import { parse } from '#src/cli/parse.js'
import { sinkPlan } from '#src/cli/sink-plan-of.js'
import type { SinkKeepPlan } from '#src/plan/sink-plan.js'
import { MACHINE } from './machine.js'

const directory = mkdtempSync(join(tmpdir(), 'stampede-keep-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const keepOf = (args: readonly string[], machine = MACHINE): SinkKeepPlan =>
  sinkPlan(parse('sink', [...args, ':0'], {}), machine).keep

const dump = (kind: 'each' | 'all', template: string, prefix = '') => ({
  kind,
  template,
  prefix: new Uint8Array(Buffer.from(prefix)),
})

const GOOD: readonly (readonly [args: readonly string[], keep: SinkKeepPlan])[] = [
  [['--ledger', 'l'], { ledger: 'l', dump: null }],
  [['-d', 'd/%H.'], { ledger: null, dump: dump('each', 'd/%H.') }],
  [['--dump-each=/d/'], { ledger: null, dump: dump('each', '/d/') }],
  [['-D', 'all'], { ledger: null, dump: dump('all', 'all') }],
  [['--dump-all', 'all', '-S', 'From x\\n'], { ledger: null, dump: dump('all', 'all', 'From x\n') }],
  [['-da', '--dump-start', '', '--ledger', 'l'], { ledger: 'l', dump: dump('each', 'a') }],
]

const BAD: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
  [['-d', 'a', '-D', 'b'], /^-d and -D exclude each other; give one of them\.$/],
  [['--dump-all=', '--dump-each=a'], /^--dump-each and --dump-all exclude each other/],
  [['-d', ''], /^--dump-each: there is no such name; give a template such as dump\/%Y-%m-%d\.$/],
  [['-D', ''], /^--dump-all: there is no such name/],
  [['-D', 'a\0b'], /^--dump-all: there is no such name/],
  [['--ledger='], /^--ledger: there is no such name; give a file\.$/],
  [['-S', 'x'], /^-S is put into dumps; give --dump-each or --dump-all with it\.$/],
  [['-d', '/locked/%Y/m.'], /^-d: cannot write '\/locked\/%Y\/m\.' \(.+\); give a place where files can be made\.$/],
  [['--dump-all', '/locked/m'], /^--dump-all: cannot write '\/locked\/m' /],
  [['--ledger', '/locked/l'], /^--ledger: cannot write '\/locked\/l' /],
]

describe('what a sink keeps, by its arguments', () => {
  for (const [args, keep] of GOOD) it(args.join(' '), () => assert.deepEqual(keepOf(args), keep))

  for (const [args, sentence] of BAD) {
    it(`refuses ${args.join(' ')}`, () =>
      assert.throws(
        () => keepOf(args),
        (error) => error instanceof UsageError && sentence.test(error.message),
      ))
  }

  it('is looked for on the machine', () => {
    const file = join(directory, 'file')
    writeFileSync(file, '')
    const real = (...args: string[]): SinkKeepPlan => keepOf(args, thisMachine())
    for (const template of [join(directory, 'm.'), join(directory, 'new/%Y/m'), `${directory}/`]) {
      assert.equal(real('-d', template).dump?.template, template)
    }
    assert.equal(real('--ledger', file).ledger, file)
    assert.equal(real('--ledger', join(directory, 'other')).ledger, join(directory, 'other'))
    for (const args of [
      ['-d', `${file}/m`],
      ['-D', `${file}/%Y/m`],
      ['--ledger', `${file}/m`],
      ['--ledger', join(directory, 'new/l')],
    ]) {
      assert.throws(
        () => real(...args),
        /cannot write .* \((not a directory|no such file or directory)\);/i,
        args.join(' '),
      )
    }
  })
})
