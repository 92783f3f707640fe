/** The live view without a terminal: keys, what is written, when it is shown, and that everything is put back. */
import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { UsageError } from '#src/base/errors.js'
import { planOfSource } from '#src/cli/library.js'
import { keyLine, keysOf, stepped } from '#src/cli/live-keys.js'
import { isUtf8, liveMode } from '#src/cli/live-of.js'
import { LiveScreen } from '#src/cli/live-screen.js'
import { type Keyboard, LiveView } from '#src/cli/live-view.js'
import type { Terminal } from '#src/cli/terminal.js'
import { runSource } from '#src/run/source.js'
import { eventually } from '../peer/kernel.js'
import { StampingServer } from '../peer/stamping-server.js'

class FakeTerminal implements Terminal {
  columns = 80
  rows = 24
  behind = false
  text = ''
  finished = ''
  resized: () => void = () => {}
  closed = 0

  write(text: string): boolean {
    if (!this.behind) this.text += text
    return !this.behind
  }

  finish(text: string): void {
    this.finished += text
  }

  onResize(changed: () => void): void {
    this.resized = changed
  }

  close(): void {
    this.closed++
  }

  /** What was written since the last time. */
  take(): string {
    const { text } = this
    this.text = ''
    return text
  }
}

class FakeKeyboard extends EventEmitter implements Keyboard {
  raw = false
  flowing = false

  setRawMode(raw: boolean): void {
    this.raw = raw
  }

  resume(): void {
    this.flowing = true
  }

  pause(): void {
    this.flowing = false
  }
}

describe('keys', () => {
  it('mean what they say, in any number, and nothing else does', () => {
    assert.deepEqual(keysOf('q'), ['stop'])
    assert.deepEqual(keysOf('++-'), ['faster', 'faster', 'slower'])
    assert.deepEqual(keysOf('\x1b[A\x1b[B\x1b[5~\x1bOP\x1b[1;5C'), ['faster', 'slower'])
    assert.deepEqual(keysOf('\x03\x1a\x1c\x0c? 0'), [
      'interrupt',
      'suspend',
      'quit',
      'redraw',
      'help',
      'hold',
      'planned',
    ])
    assert.deepEqual(keysOf('xyz\r\n\t\x1b'), [])
  })

  it('step by a tenth, come back to the plan, and stay within bounds', () => {
    assert.equal(stepped(1, 'faster'), 1.1)
    assert.equal(stepped(1.1, 'slower'), 1)
    assert.equal(stepped(stepped(stepped(stepped(1, 'slower'), 'slower'), 'faster'), 'faster'), 1)
    assert.equal(stepped(100, 'faster'), 100)
    assert.equal(stepped(0.01, 'slower'), 0.01)
  })

  it('are named as far as they do something', () => {
    assert.equal(keyLine({ keys: true, rate: true, stopping: false, held: false }), 'q stop  +/- rate  ? help')
    assert.equal(keyLine({ keys: true, rate: false, stopping: false, held: false }), 'q stop  ? help')
    assert.equal(keyLine({ keys: true, rate: true, stopping: true, held: false }), 'q end now  ? help')
    assert.equal(keyLine({ keys: false, rate: true, stopping: false, held: false }), 'Ctrl-C stop')
    assert.equal(keyLine({ keys: true, rate: true, stopping: false, held: true }), 'held still: space goes on')
  })
})

describe('how it is shown', () => {
  const mode = (wanted: 'auto' | 'full' | 'line' | 'off', environment = {}, terminal = true, foreground = true) =>
    liveMode(wanted, '--live', { environment: { TERM: 'xterm', ...environment }, terminal, foreground })

  it('auto: the whole terminal where there is one that is ours', () => {
    assert.equal(mode('auto'), 'full')
    assert.equal(mode('auto', {}, false), 'line')
    assert.equal(mode('auto', {}, true, false), 'line')
    assert.equal(mode('auto', { TERM: 'dumb' }), 'line')
    assert.equal(mode('auto', { CI: 'true' }), 'line')
    assert.equal(mode('auto', { CI: '' }), 'full')
  })

  it('as asked for, if it can be', () => {
    assert.equal(mode('off'), 'off')
    assert.equal(mode('line'), 'line')
    assert.equal(mode('full', { CI: 'true' }), 'full')
    assert.equal(mode('full', { TERM: 'dumb' }), 'line')
    assert.throws(
      () => mode('full', {}, false),
      new UsageError('--live: full needs a terminal on stderr; give line, or leave it out.'),
    )
  })

  it('in characters that the locale has', () => {
    assert.equal(isUtf8({ LANG: 'en_US.UTF-8' }), true)
    assert.equal(isUtf8({ LANG: 'C.utf8', LC_ALL: 'C' }), false)
    assert.equal(isUtf8({ LC_CTYPE: 'de_DE.utf8' }), true)
    assert.equal(isUtf8({}), false)
  })
})

describe('the screen', () => {
  it('writes what changed, and everything after it was told to forget', () => {
    const terminal = new FakeTerminal()
    const screen = new LiveScreen(terminal, true)
    assert.equal(screen.draw(['a', 'b', 'c']), true)
    const first = terminal.take()
    assert.match(first, /^\x1b\[\?2026h\x1b\[\?1049h\x1b\[\?25l.*\x1b\[3;1H\x1b\[2Kc\x1b\[\?2026l$/)
    screen.draw(['a', 'B'])
    assert.equal(terminal.take(), '\x1b[?2026h\x1b[2;1H\x1b[2KB\x1b[3;1H\x1b[2K\x1b[?2026l')
    screen.draw(['a', 'B'])
    assert.equal(terminal.take(), '')
    screen.forget()
    screen.draw(['a', 'B'])
    assert.match(terminal.take(), /\x1b\[2J\x1b\[\?2026h\x1b\[1;1H\x1b\[2Ka\x1b\[2;1H\x1b\[2KB/)
  })

  it('skips pictures while the terminal is behind, and what was skipped comes later', () => {
    const terminal = new FakeTerminal()
    const screen = new LiveScreen(terminal, true)
    screen.draw(['one'])
    terminal.take()
    terminal.behind = true
    assert.equal(screen.draw(['two']), false)
    screen.forget()
    terminal.behind = false
    assert.equal(screen.draw(['two']), true)
    assert.ok(terminal.take().includes('two'))
  })

  it('puts back what it has taken, once, and nothing where it was never shown', () => {
    const terminal = new FakeTerminal()
    const screen = new LiveScreen(terminal, true)
    screen.leave()
    assert.equal(terminal.finished, '')
    screen.draw(['a'])
    screen.leave()
    screen.leave()
    assert.equal(terminal.finished, '\x1b[?2026l\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l')
  })

  it('without an alternate one it is cleared', () => {
    const terminal = new FakeTerminal()
    const screen = new LiveScreen(terminal, false)
    screen.draw(['a'])
    assert.ok(!terminal.text.includes('1049'))
    screen.leave()
    assert.match(terminal.finished, /\x1b\[2J\x1b\[H$/)
  })
})

describe('the view of a real run', () => {
  function view(target: string, more: Record<string, string | number>) {
    const plan = planOfSource({ target, sessions: 4, ...more })
    const terminal = new FakeTerminal()
    const keyboard = new FakeKeyboard()
    const signals: string[] = []
    const shown = new LiveView({
      verb: 'source',
      plan,
      load: 'open loop 200/s',
      terminal,
      keyboard,
      depth: 1,
      unicode: true,
      alternate: true,
      interrupted: () => false,
      signal: (name) => signals.push(name),
    })
    return { plan, terminal, keyboard, signals, shown }
  }

  it('draws, hears keys, changes the rate, stops with q as a run that ended by itself, and leaves no trace', async () => {
    await using server = await StampingServer.start({})
    const { plan, terminal, keyboard, signals, shown } = view(server.address, { rate: '200/s', duration: '60s' })
    const listeners = () => ['exit', 'SIGTSTP', 'SIGCONT'].map((name) => process.listenerCount(name))
    const before = listeners()
    const drawn = () => stripVTControlCharacters(terminal.text)
    const result = await runSource(plan, {
      onStart: (running) => {
        shown.started(running)
        void (async () => {
          await eventually('pictures of two seconds', () => running.elapsedMs > 2200)
          assert.deepEqual([keyboard.raw, keyboard.flowing], [true, true])
          assert.match(drawn(), /messages\/s {3}asked 2\d\d {3}sent \d+ {3}accepted \d+/)
          keyboard.emit('data', '+')
          assert.equal(running.rateScale, 1.1)
          await eventually('the new rate is shown', () => drawn().includes('at 110%'))
          // What is printed of an error must not be wiped away with the picture.
          const events: EventEmitter = process
          events.emit('uncaughtExceptionMonitor', new Error('of a test'), 'uncaughtException')
          assert.match(terminal.finished, /\x1b\[\?1049l$/)
          assert.equal(keyboard.raw, false)
          await eventually('it is there again', () => keyboard.raw)
          terminal.columns = 40
          terminal.resized()
          keyboard.emit('data', '\x03\x1a')
          assert.deepEqual(signals, ['SIGINT', 'SIGTSTP'])
          keyboard.emit('data', Buffer.from('q'))
          assert.ok(drawn().includes('stopping'))
        })()
      },
      onSecond: (second) => shown.second(second),
    })
    shown.ended()
    shown.close()
    assert.equal(result.passed, true)
    assert.ok(result.elapsedMs < 20_000)
    assert.deepEqual([keyboard.raw, keyboard.flowing, keyboard.listenerCount('data')], [false, false, 0])
    assert.match(terminal.finished, /\x1b\[\?25h\x1b\[\?1049l$/)
    assert.equal(terminal.closed, 1)
    assert.deepEqual(listeners(), before)
  })

  it('a terminal that is never ready costs pictures, not the run', async () => {
    await using server = await StampingServer.start({})
    const { plan, terminal, keyboard, shown } = view(server.address, { messages: 50, rate: '50/s' })
    terminal.behind = true
    const result = await runSource(plan, {
      onStart: (running) => shown.started(running),
      onSecond: (one) => shown.second(one),
    })
    shown.close()
    assert.equal(result.messages.accepted, 50)
    assert.deepEqual([terminal.text, terminal.finished, keyboard.raw], ['', '', false])
  })
})
