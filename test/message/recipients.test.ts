import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headerRecipient, recipientParts, Value } from '#src/message/recipients.js'
import type { Part } from '#src/message/stencil.js'
import type { MailPlan } from '#src/plan/plan.js'
import { planOf } from '../plan/source-plan.js'

function mail(parts: Partial<MailPlan>): MailPlan {
  return planOf({ mail: parts }).mail
}

/** The text with the numbers first, first + 1, … and last in it. */
function shown(parts: readonly Part[], first = 0, last = 0): string {
  return parts
    .map((part) =>
      typeof part === 'string' ? part : part.value === Value.last ? last : first + part.value - Value.number,
    )
    .join('')
}

function addresses(parts: Partial<MailPlan>, first = 0): string[] {
  return recipientParts(mail(parts)).map((address) => shown(address, first))
}

test('without numbers: the address as it is', () => {
  assert.deepEqual(addresses({ to: 'b@d' }), ['b@d'])
  assert.deepEqual(addresses({ to: 'b@d', numbering: 'classic' }), ['b@d'])
  assert.deepEqual(addresses({ to: '' }), [''])
})

test('newest: behind the local part, which ends at the last @', () => {
  for (const [to, numbered] of [
    ['t@d', 't7@d'],
    ['u', 'u7'],
    ['u+@d', 'u+7@d'],
    ['"a@b"@c', '"a@b"7@c'],
    ['@d', '7@d'],
    ['u@', 'u7@'],
    ['', '7'],
  ] as const) {
    assert.deepEqual(addresses({ to, numbered: true }, 7), [numbered])
  }
  assert.deepEqual(addresses({ to: 'b@d', numbered: true, recipients: 3 }, 3), ['b3@d', 'b4@d', 'b5@d'])
})

test('classic: in front, from the counter', () => {
  assert.deepEqual(addresses({ to: 'b@d', numbering: 'classic', numbered: true }, 1), ['1b@d'])
  assert.deepEqual(addresses({ to: 'b@d', numbering: 'classic', numbered: true, recipients: 3 }, 4), [
    '4b@d',
    '5b@d',
    '6b@d',
  ])
})

test('classic without a counter: down within each message, the last one bare', () => {
  assert.deepEqual(addresses({ to: 'b@d', numbering: 'classic', recipients: 3 }), ['3b@d', '2b@d', 'b@d'])
  assert.deepEqual(addresses({ to: 'b@d', numbering: 'classic', recipients: 2 }), ['2b@d', 'b@d'])
})

test('To: the last recipient where the newest numbers, else the plain address', () => {
  const header = (parts: Partial<MailPlan>) =>
    shown(headerRecipient(mail({ to: 'b@d', recipients: 3, ...parts })), 3, 5)
  assert.equal(header({ numbered: true }), 'b5@d')
  assert.equal(header({}), 'b@d')
  assert.equal(header({ numbered: true, numbering: 'classic' }), 'b@d')
  assert.equal(header({ numbering: 'classic' }), 'b@d')
})
