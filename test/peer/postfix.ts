import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, listening } from './port.js'
import { run } from './run-program.js'

/** What the log says came in and went out. */
export interface PostfixCount {
  /** Queue files that smtpd opened (`client=` lines): one per accepted transaction. */
  readonly received: number
  /** Queue ids that the queue manager has taken over. */
  readonly queued: number
  /** Queue ids with a recipient delivered: to discard, or to the next server. */
  readonly sent: number
  /** Queue ids of accepted mail that is gone from the queue. */
  readonly removed: number
  /** Lines that speak of trouble. */
  readonly warnings: readonly string[]
}

const MASTER = `
@LISTEN@ inet n - n - 100 smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
tlsproxy unix - - n - 0 tlsproxy
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

const MAIN = `
compatibility_level = 3.6
queue_directory = @DIR@/queue
data_directory = @DIR@/data
maillog_file = @DIR@/log/mail.log
maillog_file_prefixes = @DIR@/log
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.stampede.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
default_transport = discard:
relay_transport = discard:
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_discard_ehlo_keywords =
smtpd_tls_security_level = none
default_process_limit = 100
qmgr_message_active_limit = 20000
message_size_limit = 52428800
in_flow_delay = 0
enable_long_queue_ids = yes
biff = no
`

/** Programs that deliver. */
const DELIVERY = ['discard', 'smtp', 'lmtp']

export interface PostfixOptions {
  /** Parameters of main.cf that are added, or stand in place of its own. */
  readonly main?: { readonly [parameter: string]: string }
  /** Where its directory is made; the system's temporary one unless given. */
  readonly under?: string
}

/**
 * A private Postfix: its own configuration, queue, data and log in a fresh directory, smtpd on a free loopback port, everything accepted and
 * delivered to discard (unless `main` says otherwise). Needs root, as Postfix does; touches nothing outside its directory.
 */
export class Postfix implements AsyncDisposable {
  readonly directory: string
  readonly port: number
  readonly #config: string

  private constructor(directory: string, port: number) {
    this.directory = directory
    this.port = port
    this.#config = join(directory, 'etc')
  }

  static async start({ main = {}, under = tmpdir() }: PostfixOptions = {}): Promise<Postfix> {
    const directory = mkdtempSync(join(under, 'stampede-postfix-'))
    // Its processes run as the user postfix and have to get through.
    chmodSync(directory, 0o755)
    const self = new Postfix(directory, await freePort())
    for (const name of ['etc', 'queue', 'data', 'log']) mkdirSync(join(directory, name))
    const fill = (text: string) => text.replaceAll('@DIR@', directory).replaceAll('@LISTEN@', `127.0.0.1:${self.port}`)
    writeFileSync(join(self.#config, 'main.cf'), fill(mainWith(main)))
    writeFileSync(join(self.#config, 'master.cf'), fill(MASTER))
    const owner = await run({ name: 'chown', command: ['/bin/chown'] }, ['postfix', join(directory, 'data')])
    if (owner.code !== 0) throw new Error(`chown: ${owner.stderr}`)
    try {
      await self.#postfix('start')
      await listening({ port: self.port })
    } catch (error) {
      await self.stop()
      throw error
    }
    return self
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  get log(): string {
    const path = join(this.directory, 'log', 'mail.log')
    return existsSync(path) ? readFileSync(path, 'latin1') : ''
  }

  /** Counts the log. */
  count(): PostfixCount {
    const ids = {
      received: new Set<string>(),
      queued: new Set<string>(),
      sent: new Set<string>(),
      removed: new Set<string>(),
    }
    const warnings: string[] = []
    for (const line of this.log.split('\n')) {
      if (/: (warning|error|fatal|panic): /.test(line)) warnings.push(line)
      const match = /postfix\/(\w+)\[\d+\]: ([0-9A-Za-z]{6,}): (.*)$/.exec(line)
      if (!match) continue
      const [, program, id, text] = match as unknown as [string, string, string, string]
      if (program === 'smtpd' && text.startsWith('client=')) ids.received.add(id)
      else if (program === 'qmgr' && text.includes('(queue active)')) ids.queued.add(id)
      else if (program === 'qmgr' && text === 'removed') ids.removed.add(id)
      else if (DELIVERY.includes(program) && text.includes('status=sent')) ids.sent.add(id)
    }
    return {
      received: ids.received.size,
      queued: ids.queued.size,
      sent: ids.sent.size,
      removed: ids.removed.size,
      warnings,
    }
  }

  /** Waits until this many messages have been delivered and are gone, and returns the count then (or when `timeoutMs` are over). */
  async settled(messages: number, timeoutMs = 60_000): Promise<PostfixCount> {
    const end = Date.now() + timeoutMs
    for (;;) {
      const count = this.count()
      if (count.removed >= messages || Date.now() > end) return count
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }

  async stop(): Promise<void> {
    const pid = this.#masterPid()
    await this.#postfix('stop').catch(() => {})
    if (pid !== null) await ended(pid)
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #masterPid(): number | null {
    const path = join(this.directory, 'queue', 'pid', 'master.pid')
    return existsSync(path) ? Number.parseInt(readFileSync(path, 'latin1').trim(), 10) : null
  }

  async #postfix(verb: string): Promise<void> {
    const done = await run({ name: 'postfix', command: ['/usr/sbin/postfix'] }, ['-c', this.#config, verb], {
      timeoutMs: 60_000,
    })
    if (done.code !== 0)
      throw new Error(`postfix ${verb}: status ${done.code}: ${done.stderr}${done.stdout}${this.log.slice(-2000)}`)
  }
}

/** A parameter stands once: what is given twice Postfix warns of. */
function mainWith(own: { readonly [parameter: string]: string }): string {
  const rest = MAIN.split('\n').filter((line) => !(line.split(' =')[0]! in own))
  return [...rest, ...Object.entries(own).map(([name, value]) => `${name} = ${value}`), ''].join('\n')
}

/** The master leads a process group: waits until nobody is left in it, by force after ten seconds. */
async function ended(group: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      process.kill(-group, tries < 100 ? 0 : 'SIGKILL')
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
