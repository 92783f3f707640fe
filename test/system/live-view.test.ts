/** The live view in a real terminal: tmux, with a server of its own. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type SinkHandle, sink } from '#src/index.js'
import { missing, need } from '../peer/distribution.js'
import { eventually } from '../peer/kernel.js'
import { built, run, SOURCE } from '../peer/run-program.js'

const reason = missing('tmux')
const SOCKET = `stampede-live-${process.pid}`
const SANE = 'stty -a | tr " ;" "\\n" | grep -xE -- "-?(icanon|echo|isig)" | xargs echo tty:'

function tmux(...args: readonly string[]): string {
  return execFileSync('tmux', ['-L', SOCKET, ...args], { encoding: 'utf8' })
}

/** A shell in a terminal of that size. */
class Shell {
  readonly name: string

  constructor(name: string, columns: number, rows: number, environment: Readonly<Record<string, string>> = {}) {
    this.name = name
    const settings = Object.entries({ LANG: 'C.UTF-8', PS1: '$ ', ...environment }).map(
      ([key, value]) => `${key}='${value}'`,
    )
    const command = `env -u CI -u NO_COLOR ${settings.join(' ')} sh`
    tmux('-f', '/dev/null', 'new-session', '-d', '-s', name, '-x', String(columns), '-y', String(rows), command)
  }

  type(...keys: readonly string[]): void {
    tmux('send-keys', '-t', this.name, ...keys)
  }

  /** What is on the screen, trailing blanks left out; with `colors` as it was written. */
  screen(colors = false): string[] {
    return tmux('capture-pane', '-p', ...(colors ? ['-e'] : []), '-t', this.name)
      .replace(/\n+$/, '')
      .split('\n')
  }

  /** The screen once it has that. */
  async seen(what: RegExp): Promise<string[]> {
    await eventually(`${what}`, () => what.test(this.screen().join('\n'))).catch((error) => {
      throw new Error(`${error.message}; the screen shows\n${this.screen().join('\n')}`)
    })
    return this.screen()
  }

  /** Whether the terminal is as a shell leaves it, and the status of the last command. */
  async sane(status: number): Promise<void> {
    this.type(`echo "status:$?"; ${SANE}`, 'Enter')
    const lines = await this.seen(/^tty:.*$/m)
    assert.ok(lines.includes(`status:${status}`), lines.join('\n'))
    assert.ok(lines.includes('tty: isig icanon echo'), lines.join('\n'))
    const flags = tmux('display-message', '-p', '-t', this.name, '#{cursor_flag} #{alternate_on} #{wrap_flag}')
    assert.equal(flags.trim(), '1 0 1')
  }
}

describe('the live view in tmux', { skip: reason || false, timeout: 120_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'stampede-live-'))
  let target: SinkHandle

  before(async () => {
    need('tmux')
    target = await sink({ reject: 'rcpt:451:5%' })
  })

  after(async () => {
    try {
      tmux('kill-server')
    } catch {}
    await target?.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  const command = (...more: readonly string[]) =>
    [process.execPath, built('bin/stampede.js'), 'source', '-A', '-s', '5', ...more, target.address].join(' ')

  for (const [columns, rows] of [
    [80, 24],
    [200, 50],
    [40, 12],
  ] as const) {
    it(`${columns} × ${rows}: the picture fits, q leaves the whole summary and a sane prompt`, async () => {
      const shell = new Shell(`size-${columns}`, columns, rows)
      const summary = join(directory, `${columns}.txt`)
      shell.type(`${command('--rate', '300/s', '--duration', '60s')} > ${summary}`, 'Enter')
      const lines = await shell.seen(columns < 60 ? /p99[\s\S]*2xx/ : /max[\s\S]*last \d+ s|last \d+ s[\s\S]*2xx/)
      assert.ok(lines.length <= rows)
      for (const line of lines) assert.ok(line.length <= columns, line)
      assert.match(lines[0]!, /stampede source {2}inet:127\.0\.0\.1:\d+|stampede source {2}127/)
      assert.match(lines.at(-1)!, /q stop {2}\+\/- rate {2}\? help$/)
      assert.match(lines.join('\n'), /[▁▂▃▄▅▆▇█]/)
      if (columns >= 80) assert.match(lines.join('\n'), /asked 300 {3}sent \d+ {3}accepted \d+/)
      if (columns === 80) {
        shell.type('+')
        await shell.seen(/300\/s at 110%/)
        shell.type('Space')
        const still = await shell.seen(/held still: space goes on$/)
        await new Promise((resolve) => setTimeout(resolve, 700))
        assert.deepEqual(shell.screen(), still)
        shell.type('Space')
        await shell.seen(/q stop {2}\+\/- rate {2}\? help$/)
      }
      shell.type('q')
      await shell.seen(/^\$ *$/m)
      await shell.sane(0)
      const text = readFileSync(summary, 'utf8')
      assert.match(text, /^messages .*accepted/m)
      assert.match(text, /^again {2}stampede source/m)
      if (columns === 80) assert.match(text, /the rate was changed to 110% at/)
    })
  }

  it('Ctrl-C ends in order with 130, Ctrl-Z and fg come back, colours come and go', async () => {
    const shell = new Shell('signals', 80, 24, { TERM: 'screen-256color' })
    const summary = join(directory, 'signals.txt')
    shell.type(`${command('--duration', '60s')} > ${summary}`, 'Enter')
    await shell.seen(/2xx/)
    assert.match(shell.screen(true).join('\n'), /\x1b\[38;5;/)
    shell.type('C-z')
    await shell.seen(/Stopped/)
    await shell.sane(148)
    shell.type('clear; fg', 'Enter')
    await shell.seen(/2xx[\s\S]*q stop/)
    shell.type('C-c')
    await shell.seen(/^\$ *$/m)
    await shell.sane(130)
    assert.match(readFileSync(summary, 'utf8'), /^again {2}stampede source/m)
    shell.type(`clear; ${command('--no-color', '--duration', '60s')} > ${summary}`, 'Enter')
    await shell.seen(/2xx/)
    assert.doesNotMatch(shell.screen(true).join('\n'), /\x1b\[3\d/)
    shell.type('C-c', 'C-c')
    await shell.seen(/^\$ *$/m)
    await shell.sane(130)
  })

  it('put back after a signal from elsewhere, too', async () => {
    const shell = new Shell('killed', 80, 24)
    for (const [name, status] of [
      ['TERM', 143],
      ['HUP', 129],
    ] as const) {
      const pidFile = join(directory, 'pid')
      shell.type(`clear; sh -c 'echo $$ > ${pidFile}; exec ${command('--duration', '60s')}' > /dev/null`, 'Enter')
      await shell.seen(/2xx/)
      process.kill(Number(readFileSync(pidFile, 'utf8')), `SIG${name}`)
      await shell.seen(/^\$ *$/m)
      await shell.sane(status)
    }
  })

  it('lines where the terminal knows no better, or is none', async () => {
    const shell = new Shell('dumb', 80, 24, { TERM: 'dumb' })
    shell.type(`${command('--duration', '60s')}`, 'Enter')
    await shell.seen(/00:0\d {2}accepted/)
    shell.type('C-c')
    await shell.seen(/^again/m)
    const piped = await run(SOURCE, ['-A', '-c', '--duration', '1500ms', target.address])
    assert.match(piped.stderr, /^00:01 {2}accepted/m)
    assert.doesNotMatch(piped.stderr, /\x1b/)
    const full = await run(SOURCE, ['--live', 'full', '-m', '1', target.address])
    assert.deepEqual(
      [full.code, full.stderr],
      [2, 'stampede: --live: full needs a terminal on stderr; give line, or leave it out.\n'],
    )
  })
})
