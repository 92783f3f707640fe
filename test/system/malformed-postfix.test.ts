import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { quickCertificate } from '#src/net/quick-certificate.js'
import { missing, need } from '../peer/distribution.js'
import { DovecotAuth } from '../peer/dovecot.js'
import { type Catalogue, playCatalogue } from '../peer/malformed.js'
import { Postfix } from '../peer/postfix.js'

const PROGRAMS = ['postfix', 'postconf', 'dovecot'] as const

describe('the catalogue of malformed conversations against a real Postfix', { skip: missing(...PROGRAMS) }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'stampede-malformed-'))
  const identity = join(directory, 'identity.pem')
  let dovecot: DovecotAuth | undefined

  before(async () => {
    need(...PROGRAMS)
    const { cert, key } = await quickCertificate('mx.stampede.test')
    writeFileSync(identity, key + cert, { mode: 0o600 })
    dovecot = await DovecotAuth.start(new Map([['user', 'secret']]), ['plain', 'login'])
  })
  after(async () => {
    await dovecot?.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  /** Everything that the catalogue asks about is offered; what the distribution leaves at its default stays there. */
  async function play(main: { readonly [parameter: string]: string }): Promise<Catalogue> {
    await using postfix = await Postfix.start({
      main: {
        smtpd_tls_security_level: 'may',
        smtpd_tls_chain_files: identity,
        smtpd_sasl_auth_enable: 'yes',
        smtpd_sasl_type: 'dovecot',
        smtpd_sasl_path: dovecot!.socket,
        // Errors are what this is about; being slowed down for them is not.
        smtpd_error_sleep_time: '0',
        ...main,
      },
    })
    return await playCatalogue(postfix.address)
  }

  it('is answered to every case, and Postfix serves on', async (t) => {
    const { text, rows } = await play({})
    const version = execFileSync('/usr/sbin/postconf', ['-d', '-h', 'mail_version'], { encoding: 'utf8' }).trim()
    t.diagnostic(`Postfix ${version}\n${text}`)
    assert.ok(rows.length >= 100)
    const names = (...verdicts: readonly string[]) =>
      rows.filter(({ verdict }) => verdicts.includes(verdict)).map(({ name }) => name)
    assert.deepEqual(names('crashed', 'no answer', 'closed', 'not reached'), [])
    // It does not know BINARYMIME.
    assert.deepEqual(names('not offered'), ['data-binarymime'])
    // Where bare line feeds are not forbidden it ends lines, and so contents, by them.
    assert.ok(names('wrong').every((name) => name.startsWith('smuggle-')))
    assert.ok(rows.every(({ verdict, word }) => verdict !== 'wrong' || word === 'smuggled'))
  })

  it('smuggles nothing into one that forbids bare newlines', async () => {
    const { rows } = await play({ smtpd_forbid_bare_newline: 'normalize', smtpd_forbid_bare_newline_exclusions: '' })
    const smuggling = rows.filter(({ name }) => name.startsWith('smuggle-'))
    assert.equal(smuggling.length, 15)
    assert.deepEqual(
      smuggling.filter(({ verdict }) => verdict !== 'right'),
      [],
    )
  })
})
