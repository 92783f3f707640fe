import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { narrate } from '#src/cli/narrate.js'
import { parse } from '#src/cli/parse.js'
import { sourcePlan } from '#src/cli/plan-of.js'
import { printedPlan } from '#src/cli/print-plan.js'
import { MACHINE } from './machine.js'

const planOf = (...args: string[]) => sourcePlan(parse('source', [...args, 'h'], {}), MACHINE)
const line = (...args: string[]) => /^mail {7}(.*)$/m.exec(narrate(planOf(...args)))![1]

describe('mail in words', () => {
  it('-v says who sends what to whom', () => {
    assert.equal(line(), 'from <foo@client.example> to <foo@client.example> × 1; four lines')
    assert.equal(
      line('--from-pool', '9', '-t', 'u%03d@x', '--rcpt-pool', '1k', '-r', '1..25', '-l', '1KiB..64KiB'),
      'from <foo1@client.example>…<foo9@client.example> drawn to <u001@x>…<u1000@x> drawn × 1..25; 1KiB..64KiB',
    )
    assert.equal(
      line('--rcpt-file', 'people.txt', '--pool-order', 'turn', '--corpus', 'box.mbox', '--corpus', 'long.eml'),
      'from <foo@client.example> to 2 of people.txt in turn × 1; box.mbox, long.eml (3 messages, 1 with overlong lines, broken)',
    )
    assert.equal(line('--mime', 'text:1KiB')!.split('; ')[1], 'MIME text:1KiB')
    assert.equal(line('-F', 'mail.eml')!.split('; ')[1], 'mail.eml (17)')
    const mix = [
      { weight: 3, mail: planOf('-l', '5').mail },
      { weight: 1, mail: planOf().mail },
    ]
    const both = narrate({ ...planOf(), mix })
    assert.match(both, /^mail {7}3 of 4: .*; 5\nmail {7}1 of 4: .*; four lines$/m)
  })

  it('--print-plan counts octets instead of showing them', () => {
    const plan = planOf('--corpus', 'box.mbox', '--rcpt-file', 'people.txt')
    const { mail, mix } = JSON.parse(printedPlan({ ...plan, mix: [{ weight: 1, mail: plan.mail }] }))
    assert.equal(mail.corpus.octets, plan.mail.corpus!.octets.length)
    assert.equal(mail.corpus.messages, 2)
    assert.deepEqual(mail.toPool, { kind: 'file', fileName: 'people.txt', count: 2, order: 'random' })
    assert.deepEqual(mix, [{ weight: 1, mail }])
  })
})
