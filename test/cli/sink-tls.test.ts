import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { before, describe, it } from 'node:test'
import { generate } from 'selfsigned'
import { UsageError } from '#src/base/errors.js'
import type { Machine } from '#src/cli/machine.js'
import { parse } from '#src/cli/parse.js'
import { sinkPlan } from '#src/cli/sink-plan-of.js'
import { quickCertificate } from '#src/net/quick-certificate.js'
import type { SinkAuthPlan, SinkTlsPlan } from '#src/plan/sink-plan.js'
import { MACHINE } from './machine.js'

const files: { [name: string]: string } = {
  users: 'ann:secret\n# no bob\n',
  badusers: 'ann:secret\nbob\n',
  empty: '',
  garbage: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
}
const machine: Machine = {
  ...MACHINE,
  readFile: (path) => {
    const text = files[path]
    return text === undefined ? MACHINE.readFile(path) : Buffer.from(text)
  },
}

const planOf = (line: string) => sinkPlan(parse('sink', [...line.split(' '), ':0'], {}), machine)

before(async () => {
  const { cert, key } = await quickCertificate('mx.example')
  const other = await quickCertificate('other.example')
  const short = await generate([{ name: 'commonName', value: 'short' }], { keySize: 512, algorithm: 'sha256' })
  Object.assign(files, {
    cert,
    key,
    otherkey: other.key,
    chain: `${cert}\n${other.cert}`,
    brokenchain: `${cert}\n${files.garbage}`,
    lockedkey: createPrivateKey(key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }),
    publickey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }),
    shortcert: short.cert,
    shortkey: short.private,
  })
})

const OFF: SinkTlsPlan = {
  mode: 'starttls',
  identity: null,
  minVersion: null,
  maxVersion: null,
  ciphers: null,
  clientCa: null,
}

const TLS: readonly (readonly [line: string, plan: () => Partial<SinkTlsPlan> | null])[] = [
  ['--tls off', () => null],
  ['--tls starttls', () => ({})],
  ['--tls implicit', () => ({ mode: 'implicit' })],
  ['--tls starttls --tls-cert cert --tls-key key', () => ({ identity: { cert: files.cert!, key: files.key! } })],
  ['--tls starttls --tls-cert chain --tls-key key', () => ({ identity: { cert: files.chain!, key: files.key! } })],
  ['--tls starttls --tls-min 1.3', () => ({ minVersion: 'TLSv1.3' })],
  ['--tls starttls --tls-max 1.2', () => ({ maxVersion: 'TLSv1.2' })],
  ['--tls starttls --tls-min 1.2 --tls-max 1.2', () => ({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' })],
  ['--tls starttls --ciphers ECDHE+AESGCM', () => ({ ciphers: 'ECDHE+AESGCM' })],
  ['--tls starttls --ciphers TLS_AES_128_GCM_SHA256', () => ({ ciphers: 'TLS_AES_128_GCM_SHA256' })],
  ['--tls implicit --tls-client-ca chain', () => ({ mode: 'implicit', clientCa: files.chain! })],
]

const AUTH: readonly (readonly [line: string, plan: SinkAuthPlan | null])[] = [
  ['--auth off', null],
  ['--auth all', { mechanisms: ['PLAIN', 'LOGIN', 'CRAM-MD5', 'XOAUTH2'], users: null, required: false }],
  ['--auth LOGIN,plain', { mechanisms: ['PLAIN', 'LOGIN'], users: null, required: false }],
  ['--auth cram-md5 --auth-required', { mechanisms: ['CRAM-MD5'], users: null, required: true }],
  [
    '--auth xoauth2 --auth-users users',
    { mechanisms: ['XOAUTH2'], users: new Map([['ann', 'secret']]), required: false },
  ],
]

const BAD: readonly (readonly [line: string, sentence: RegExp])[] = [
  ['--tls ssl', /^--tls: 'ssl' is not known; give off, starttls or implicit/],
  ['--tls-cert cert --tls-key key', /^--tls-cert needs TLS; give --tls starttls or --tls implicit with it\.$/],
  ['--tls off --tls-min 1.2', /^--tls-min needs TLS; give/],
  ['--ciphers HIGH', /^--ciphers needs TLS; give/],
  ['--tls-client-ca cert', /^--tls-client-ca needs TLS; give/],
  ['--tls starttls --tls-cert cert', /^--tls-cert needs the other half; give --tls-key with it\.$/],
  ['--tls starttls --tls-key key', /^--tls-key needs the other half; give --tls-cert with it\.$/],
  [
    '--tls starttls --tls-cert cert --tls-key otherkey',
    /^--tls-key is not the key of the first certificate in --tls-cert; give the two that belong together\.$/,
  ],
  [
    '--tls starttls --tls-cert nosuch --tls-key key',
    /^--tls-cert: cannot read 'nosuch' \(no such file or directory\); give a readable file\.$/,
  ],
  ['--tls starttls --tls-cert cert --tls-key nosuch', /^--tls-key: cannot read 'nosuch'/],
  ['--tls starttls --tls-cert key --tls-key key', /^--tls-cert: there is no certificate in it that can be read; give/],
  ['--tls starttls --tls-cert garbage --tls-key key', /^--tls-cert: there is no certificate in it/],
  ['--tls starttls --tls-cert brokenchain --tls-key key', /^--tls-cert: there is no certificate in it/],
  ['--tls starttls --tls-cert cert --tls-key cert', /^--tls-key: the private key cannot be read; give one in PEM\.$/],
  ['--tls starttls --tls-cert cert --tls-key publickey', /^--tls-key: the private key cannot be read/],
  ['--tls starttls --tls-cert cert --tls-key lockedkey', /^--tls-key: the private key is encrypted; give it without/],
  [
    '--tls starttls --tls-cert shortcert --tls-key shortkey',
    /^--tls-cert: OpenSSL does not take it \(ee key too small\); give another certificate\.$/,
  ],
  ['--tls starttls --tls-min 1.1', /^--tls-min: '1\.1' is not known; give 1\.2 or 1\.3\b/],
  ['--tls starttls --tls-min 1.3 --tls-max 1.2', /^--tls-min is above --tls-max; give/],
  ['--tls starttls --ciphers NONESUCH', /^--ciphers: OpenSSL does not take 'NONESUCH' \(no cipher match\); give names/],
  ['--tls starttls --tls-client-ca empty', /^--tls-client-ca: there is no certificate in it/],
  ['--auth plan', /^--auth: 'plan' is not a mechanism; give some of plain, .* \(did you mean plain\?\)\.$/],
  ['--auth plain,', /^--auth: '' is not a mechanism/],
  ['--auth plain,all', /^--auth: 'all' is not a mechanism/],
  ['--auth-required', /^--auth-required needs AUTH; give --auth all, or the mechanisms, with it\.$/],
  ['--auth off --auth-users users', /^--auth-users needs AUTH; give/],
  ['--auth all --auth-users nosuch', /^--auth-users: cannot read 'nosuch' \(no such file or directory\)/],
  ['--auth all --auth-users badusers', /^--auth-users: line 2 is not a user and a password/],
  ['--auth all --auth-users empty', /^--auth-users: there is no user in the file/],
]

describe('stampede sink: TLS and AUTH', () => {
  for (const [line, plan] of TLS) {
    it(`has the TLS of ${line}`, () => {
      const expected = plan()
      assert.deepEqual(planOf(line).tls, expected === null ? null : { ...OFF, ...expected })
    })
  }

  for (const [line, plan] of AUTH) {
    it(`has the AUTH of ${line}`, () => assert.deepEqual(planOf(line).auth, plan))
  }

  it('listens on smtps:// with TLS from the first octet', () => {
    const listen = (...args: string[]) => sinkPlan(parse('sink', args, {}), machine)
    const plan = listen('smtps://127.0.0.1')
    assert.deepEqual(plan.listen, { kind: 'inet', host: '127.0.0.1', port: 465, text: 'smtps://127.0.0.1' })
    assert.equal(plan.protocol, 'smtp')
    assert.deepEqual(plan.tls, { ...OFF, mode: 'implicit' })
    assert.deepEqual(listen('--tls', 'implicit', 'smtps://[::1]:2465').tls, { ...OFF, mode: 'implicit' })
    for (const mode of ['off', 'starttls']) {
      assert.throws(
        () => listen('--tls', mode, 'smtps://127.0.0.1:2465'),
        (error) =>
          error instanceof UsageError &&
          error.message ===
            `--tls ${mode}: LISTEN says smtps://, which is implicit TLS; give smtp:// or leave out --tls.`,
      )
    }
  })

  for (const [line, sentence] of BAD) {
    it(`refuses ${line}`, () => {
      assert.throws(
        () => planOf(line),
        (error) => {
          assert.ok(error instanceof UsageError, `${error}`)
          assert.match(error.message, sentence)
          return true
        },
      )
    })
  }
})
