import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkHelloName } from '#src/plan/hostname.js'

const label = 'a'.repeat(63)

describe('host names as Postfix takes them', () => {
  it('takes names and literals', () => {
    const fine = [
      'vm',
      'a.b',
      'A-1.b',
      '_a',
      'a_',
      '1a',
      '1-2',
      '1_2',
      `${label}.b`,
      `${label}.${label}.${label}.${label}`,
    ]
    const literals = [
      '[127.0.0.1]',
      '[0.0.0.0]',
      '[01.2.3.4]',
      '[IPv6:::1]',
      '[ipv6:1:2:3]',
      '[IPv6:1:2:3:4:5:6:7:8]',
      '[IPv6:::1.2.3.4]',
      '[IPv6:1::3:4:5:6:7:8]',
      '[IPv6:1:2:3:4:5:6:1.2.3.4]',
    ]
    for (const name of [...fine, ...literals]) assert.equal(checkHelloName(name), null, name)
  })

  it('refuses with its warnings', () => {
    const wrong: Readonly<Record<string, string>> = {
      '': 'valid_hostname: empty hostname',
      '1.2.3.4': 'valid_hostname: numeric hostname: 1.2.3.4',
      123: 'valid_hostname: numeric hostname: 123',
      '-a.b': 'valid_hostname: misplaced hyphen: -a.b',
      'a-.b': 'valid_hostname: misplaced hyphen: a-.b',
      'a-': 'valid_hostname: misplaced hyphen: a-',
      '.a': 'valid_hostname: misplaced delimiter: .a',
      'a..b': 'valid_hostname: misplaced delimiter: a..b',
      'a.': 'valid_hostname: misplaced delimiter: a.',
      'a b': 'valid_hostname: invalid character 32(decimal): a b',
      'a/b': 'valid_hostname: invalid character 47(decimal): a/b',
      é: 'valid_hostname: invalid character 195(decimal): ??',
      [`${label}a`]: `valid_hostname: hostname label too long: ${label}a`,
      [`a.${label}.${label}.${label}.${label}`]: `valid_hostname: bad length 257 for ${`a.${label}.${label}`.slice(0, 100)}...`,
      '[': "valid_mailhost_literal: ']' expected at end: [",
      '[1.2.3.4': "valid_mailhost_literal: ']' expected at end: [1.2.3.4",
      '[1.2.3.4]x': "valid_mailhost_literal: unexpected text after ']': [1.2.3.4]x",
      '[1.2.3.4]]': "valid_mailhost_literal: unexpected text after ']': [1.2.3.4]]",
      [`[${'1'.repeat(46)}]`]: `valid_mailhost_literal: too much text: [${'1'.repeat(46)}]`,
      [`[${'1'.repeat(45)}]`]: `valid_ipv4_hostaddr: invalid octet value: ${'1'.repeat(45)}`,
      '[]': 'valid_ipv4_hostaddr: invalid octet count: ',
      '[1.2.3]': 'valid_ipv4_hostaddr: invalid octet count: 1.2.3',
      '[256.1.1.1]': 'valid_ipv4_hostaddr: invalid octet value: 256.1.1.1',
      '[1..2.3]': 'valid_ipv4_hostaddr: misplaced dot: 1..2.3',
      '[1.2.3.]': 'valid_ipv4_hostaddr: misplaced dot: 1.2.3.',
      '[0.1.2.3]': 'valid_ipv4_hostaddr: bad initial octet value: 0.1.2.3',
      '[a.b]': 'valid_ipv4_hostaddr: invalid character 97(decimal): a.b',
      '[::1]': 'valid_ipv4_hostaddr: invalid character 58(decimal): ::1',
      '[IPv6:]': "valid_ipv6_hostaddr: too few `:' in IPv6 address: ",
      '[IPv6:1]': "valid_ipv6_hostaddr: too few `:' in IPv6 address: 1",
      '[IPv6::]': "valid_ipv6_hostaddr: too few `:' in IPv6 address: :",
      '[IPv6::1]': 'valid_ipv6_hostaddr: bad null first field in IPv6 address: :1',
      '[IPv6:1:2:3:]': 'valid_ipv6_hostaddr: bad null last field in IPv6 address: 1:2:3:',
      '[IPv6::::]': "valid_ipv6_hostaddr: too many `::' in IPv6 address: :::",
      '[IPv6:1::2::3]': "valid_ipv6_hostaddr: too many `::' in IPv6 address: 1::2::3",
      '[IPv6:1:2:3:4:5:6:7:8:9]': "valid_ipv6_hostaddr: too many `:' in IPv6 address: 1:2:3:4:5:6:7:8:9",
      '[IPv6:12345::]': 'valid_ipv6_hostaddr: malformed IPv6 address: 12345::',
      '[IPv6:1.2.3.4]': 'valid_ipv6_hostaddr: malformed IPv4-in-IPv6 address: 1.2.3.4',
      '[IPv6:::1.2.3]': 'valid_ipv4_hostaddr: invalid octet count: 1.2.3',
      '[IPv6:::g]': 'valid_ipv6_hostaddr: invalid character 103(decimal) in IPv6 address: ::g',
    }
    for (const [name, warning] of Object.entries(wrong)) {
      const fatal = `bad ${name.startsWith('[') ? 'address literal' : 'hostname'}: ${name}`
      assert.deepEqual(checkHelloName(name), { warning, fatal })
    }
  })
})
