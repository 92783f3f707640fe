// A program under valgrind's callgrind, and how many instructions its threads have executed from one look to the next.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from '../build.mjs'
import { environment } from '../machine.mjs'
import { readDump } from './dump.mjs'

/** Code that is made while the program runs has to be looked at anew: V8's. */
const FLAGS = ['--tool=callgrind', '--smc-check=all-non-file', '--separate-threads=yes', '--dump-line=no', '--vgdb=yes']
/** Of Node what is done when a socket has something, which is all of the message path. Its timers go by the clock, and how often its loop waits depends on the other side. */
const IN_NODE = ['--toggle-collect=uv__stream_io', '--toggle-collect=uv__server_io']
/** A thread that does no more than this in a second does nothing but wait. */
const IDLE_SHARE = 0.5
const DUMP_PATIENCE_MS = 60_000

export class Callgrind {
  constructor(argv) {
    this.folder = mkdtempSync(join(tmpdir(), 'stampede-callgrind-'))
    this.stdout = ''
    this.stderr = ''
    const out = `--callgrind-out-file=${join(this.folder, 'out')}`
    const flags = argv[0] === process.execPath ? [...FLAGS, ...IN_NODE] : FLAGS
    this.child = spawn('valgrind', [...flags, out, ...argv], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    this.child.stdout.setEncoding('utf8').on('data', (text) => {
      this.stdout += text
    })
    this.child.stderr.setEncoding('utf8').on('data', (text) => {
      this.stderr += text
    })
    this.closed = new Promise((resolve) => {
      this.child.once('close', resolve)
    })
    this.dumps = 0
    this.abandon = () => this.child.kill('SIGKILL')
    process.once('exit', this.abandon)
  }

  get ended() {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** What was executed since the last look, by thread (see `readDump`); looked at when it has come to rest. */
  async look() {
    await this.rest()
    const number = ++this.dumps
    const done = spawnSync('vgdb', [`--pid=${this.child.pid}`, '--wait=60', 'dump'], {
      encoding: 'utf8',
      timeout: DUMP_PATIENCE_MS,
    })
    if (done.error ?? done.status !== 0) throw new Error(`vgdb could not ask for a dump: ${done.stderr || done.error}`)
    const threads = new Map()
    for (const name of readdirSync(this.folder)) {
      const match = /^out\.(\d+)-(\d+)$/.exec(name)
      if (match === null || Number(match[1]) !== number) continue
      threads.set(Number(match[2]), readDump(readFileSync(join(this.folder, name), 'latin1')))
      rmSync(join(this.folder, name))
    }
    if (threads.size === 0) throw new Error(`callgrind wrote no dump ${number} (${readdirSync(this.folder).join(' ')})`)
    return threads
  }

  /** Waits until it uses little CPU. */
  async rest() {
    for (let calm = 0, before = this.cpu(); calm < 2; ) {
      await sleep(250)
      if (this.ended) throw new Error(`it ended too early: ${this.stderr.trim().split('\n').slice(-3).join(' ')}`)
      const now = this.cpu()
      calm = (now - before) / 25 < IDLE_SHARE ? calm + 1 : 0
      before = now
    }
  }

  /** In ticks of a hundredth of a second. */
  cpu() {
    const stat = readFileSync(`/proc/${this.child.pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(fields[11]) + Number(fields[12])
  }

  async end() {
    this.child.kill('SIGKILL')
    await this.closed
    process.off('exit', this.abandon)
    rmSync(this.folder, { recursive: true, force: true })
  }
}
