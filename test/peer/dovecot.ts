import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listening } from './port.js'
import { type Running, start } from './run-program.js'

const CONFIG = `
base_dir = @DIR@/run
state_dir = @DIR@/state
log_path = @DIR@/log
protocols =
ssl = no
# What goes to it has come through TLS, or has not: that is for Postfix to say.
disable_plaintext_auth = no
auth_mechanisms = @MECHANISMS@
auth_failure_delay = 0
auth_username_chars =
passdb {
  driver = passwd-file
  args = scheme=PLAIN @DIR@/users
}
service auth {
  unix_listener @DIR@/auth {
    mode = 0666
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
`

/** A private Dovecot that does nothing but AUTH: no mail protocol, its own directory, its socket for a Postfix. Needs root, as Dovecot does. */
export class DovecotAuth implements AsyncDisposable {
  readonly #directory: string
  readonly #running: Running

  private constructor(directory: string, running: Running) {
    this.#directory = directory
    this.#running = running
  }

  /** Resolves when its socket takes connections; it is killed after `lifeMs`. */
  static async start(
    users: ReadonlyMap<string, string>,
    mechanisms: readonly string[],
    lifeMs = 300_000,
  ): Promise<DovecotAuth> {
    const directory = mkdtempSync(join(tmpdir(), 'stampede-dovecot-'))
    chmodSync(directory, 0o755)
    const config = join(directory, 'dovecot.conf')
    writeFileSync(config, CONFIG.replaceAll('@DIR@', directory).replace('@MECHANISMS@', mechanisms.join(' ')))
    writeFileSync(join(directory, 'users'), [...users].map(([user, secret]) => `${user}:{PLAIN}${secret}\n`).join(''))
    const running = start({ name: 'dovecot', command: ['/usr/sbin/dovecot'] }, ['-F', '-c', config], {
      timeoutMs: lifeMs,
    })
    const self = new DovecotAuth(directory, running)
    const died = running.done.then((ran) => Promise.reject(new Error(`dovecot ended (${ran.code}): ${ran.stderr}`)))
    try {
      await Promise.race([listening({ path: self.socket }), died])
    } catch (error) {
      await self.stop()
      throw error
    }
    return self
  }

  /** Where Postfix finds it (smtpd_sasl_path). */
  get socket(): string {
    return join(this.#directory, 'auth')
  }

  async stop(): Promise<void> {
    this.#running.kill('SIGTERM')
    await this.#running.done
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
