import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type PerfSample, PerfScript } from '#src/profile/perf-script.js'
import { PerfTree, perfFrame } from '#src/profile/perf-tree.js'
import { functionsOf, totalOf } from '#src/profile/tree.js'

const HOME = 'file:///app/dist/'
/** As perf 6.1 prints it. */
const TEXT = `node  4722/4724   1519.115582:    1001001 cpu-clock: 
\tffffffff8225fd19 pvm_irq_enable ([kernel.kallsyms])
\tffffffff816d6bc3 ksys_write ([kernel.kallsyms])
\t           f838f __GI___libc_write (/usr/lib/x86_64-linux-gnu/libc.so.6)
\t          9dd4a6 non-virtual thunk to node::LibuvStreamWrap::DoTryWrite(uv_buf_t**, unsigned long*) (/usr/bin/node)
\t          c494db v8::internal::(anonymous namespace)::Invoke (/usr/bin/node)
\t    7f582682475c JS:^perform file:///app/dist/worker/link.js:103:24+0xdc (/tmp/perf-4722.map)
\t    7f582682475d JS:~ [eval]:2:159 (/tmp/perf-4722.map)

smtpd: x 1   99     7.5:     500000 cpu-clock:u: 
\t          108cae [unknown] (/memfd:doublemapper (deleted))

node  4722/4722  1519.2:    1001001 cpu-clock: 

`

function parsed(text: string): PerfSample[] {
  const samples: PerfSample[] = []
  const script = new PerfScript((sample) => samples.push(sample))
  for (const line of text.split('\n')) script.line(line)
  script.end()
  return samples
}

describe('perf script', () => {
  const samples = parsed(TEXT)

  it('is read with heads, symbols and files as perf writes them', () => {
    assert.deepEqual(
      samples.map(({ command, pid, tid, period, frames }) => [command, pid, tid, period, frames.length]),
      [
        ['node', 4722, 4724, 1_001_001, 7],
        ['smtpd: x 1', 99, 99, 500_000, 1],
        ['node', 4722, 4722, 1_001_001, 0],
      ],
    )
    assert.deepEqual(samples[0]!.frames[3], {
      symbol: 'non-virtual thunk to node::LibuvStreamWrap::DoTryWrite(uv_buf_t**, unsigned long*)',
      dso: '/usr/bin/node',
    })
    assert.deepEqual(samples[1]!.frames[0], { symbol: '[unknown]', dso: '/memfd:doublemapper (deleted)' })
  })

  it('becomes stacks from the outermost function to the kernel', () => {
    const stacks = new PerfTree('process', HOME)
    for (const sample of samples) stacks.add(sample)
    assert.ok(Math.abs(totalOf(stacks.root) - 2502.002) < 1e-9)
    const rows = functionsOf(stacks.root)
    assert.deepEqual(
      rows.filter(({ kind }) => kind === 'ours').map(({ name, place, totalUs }) => [name, place, totalUs]),
      [['perform', 'worker/link.js:103', 1001.001]],
    )
    const kernel = rows.filter(({ kind }) => kind === 'kernel').map(({ name, selfUs }) => [name, selfUs])
    assert.deepEqual(kernel, [
      ['pvm_irq_enable', 1001.001],
      ['ksys_write', 0],
    ])
    assert.equal(rows.find(({ name }) => name === '__GI___libc_write')!.module, 'libc.so.6')
  })

  it('tells kernel, V8, libraries and what nobody knows apart', () => {
    const kinds = (symbol: string, dso: string) => {
      const { kind, module } = perfFrame({ symbol, dso }, HOME)
      return [kind, module]
    }
    assert.deepEqual(kinds('x', '[nf_conntrack]'), ['kernel', 'kernel [nf_conntrack]'])
    assert.deepEqual(kinds('__vdso_clock_gettime', '[vdso]'), ['program', '[vdso]'])
    assert.deepEqual(kinds('Builtins_LoadIC', '/usr/bin/node'), ['native', "V8's own code"])
    assert.deepEqual(kinds('cleanup', '/usr/lib/postfix/sbin/smtpd'), ['program', 'smtpd'])
    assert.deepEqual(kinds('', '[unknown]'), ['program', 'unknown'])
  })

  it('survives any text, and keeps the sum of the periods that it gives', () => {
    const pieces = fc.constantFrom(...TEXT.split('\n'), '\t', ' (', ')', 'node', '\t12 a (b', '\tzz', 'a 1/ 2.0: 3 e:')
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 60 }), (lines) => {
        const stacks = new PerfTree('p', HOME)
        let ns = 0
        for (const sample of parsed(lines.join('\n'))) {
          ns += sample.period
          stacks.add(sample)
        }
        assert.ok(Math.abs(totalOf(stacks.root) - ns / 1000) <= 1e-6 * Math.max(1, ns))
      }),
    )
  })
})
