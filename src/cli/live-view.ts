/** The live view on a terminal: a picture five times a second, a few keys, and a terminal that is as it was whatever ends the program. */
import type { SecondSummary } from '../measure/timeline.js'
import type { SourcePlan } from '../plan/plan.js'
import { askedCurve } from '../plan/tempo.js'
import { liveFrame } from '../report/live-frame.js'
import type { ColorDepth } from '../report/live-paint.js'
import { LiveStory } from '../report/live-story.js'
import type { RunningSource } from '../run/source.js'
import type { Companion } from './company.js'
import { helpLines, type Key, keyLine, keysOf, stepped } from './live-keys.js'
import { LiveScreen } from './live-screen.js'
import { inForeground, type Terminal } from './terminal.js'

const EVERY_MS = 200

/** Where keys come from: stdin, or a test's stand-in. */
export interface Keyboard {
  setRawMode(raw: boolean): unknown
  on(event: 'data', heard: (text: Buffer | string) => void): unknown
  off(event: 'data', heard: (text: Buffer | string) => void): unknown
  resume(): unknown
  pause(): unknown
}

export interface LiveViewOptions {
  readonly verb: string
  readonly plan: SourcePlan
  /** `open loop 5k/s` and the like. */
  readonly load: string
  readonly terminal: Terminal
  /** Null: there is none, or it is no terminal; then Ctrl-C is a signal as ever. */
  readonly keyboard: Keyboard | null
  readonly depth: ColorDepth
  readonly unicode: boolean
  readonly alternate: boolean
  /** Whether a signal has asked for the end. */
  readonly interrupted: () => boolean
  /** Sends a signal as the terminal would have for a key: to everybody in our group. */
  readonly signal: (name: NodeJS.Signals) => void
}

export class LiveView implements Companion {
  readonly #options: LiveViewOptions
  readonly #story: LiveStory
  readonly #screen: LiveScreen
  readonly #open: boolean
  #running: RunningSource | null = null
  #timer: NodeJS.Timeout | undefined
  #raw = false
  #stopping = false
  #help = false
  #held = false
  #due: { readonly changes: number; readonly by: (ms: number) => number } | null = null
  #over = false
  readonly #heard = (text: Buffer | string) => this.#press(keysOf(text.toString()))
  readonly #leave = () => this.#putBack()
  readonly #suspend = () => this.#aside()
  readonly #resume = () => this.#back()

  constructor(options: LiveViewOptions) {
    const { plan, terminal, alternate, verb, load } = options
    this.#options = options
    this.#open = plan.load.arrivals !== null
    this.#screen = new LiveScreen(terminal, alternate)
    this.#story = new LiveStory({
      verb,
      target: plan.target.text,
      load,
      unit: plan.wire.until === null ? 'messages' : 'handshakes',
      sessions: plan.load.sessions,
      workers: Math.min(plan.workers, plan.load.sessions),
      durationMs: plan.load.durationMs,
      messages: plan.load.messages,
      warmupMs: plan.load.warmupMs,
    })
  }

  started(running: RunningSource): void {
    this.#running = running
    this.#options.terminal.onResize(() => {
      this.#screen.forget()
      this.#draw()
    })
    // `exit` comes with every end but a signal's that nobody listens to; an error is printed before it, and would be wiped away.
    process.on('exit', this.#leave)
    process.on('uncaughtExceptionMonitor', this.#leave)
    process.on('SIGTSTP', this.#suspend)
    process.on('SIGCONT', this.#resume)
    this.#timer = setInterval(() => this.#tick(), EVERY_MS)
  }

  second(summary: SecondSummary): void {
    const { timeline, live, judgement } = this.#running!
    this.#story.second({
      summary,
      five: timeline.recent(5),
      ten: timeline.recent(10),
      tables: live.tables(),
      thresholds: judgement.results,
      due: this.#dueBy(),
    })
  }

  ended(): void {
    this.close()
  }

  close(): void {
    if (this.#over) return
    this.#over = true
    clearInterval(this.#timer)
    this.#putBack()
    process.off('exit', this.#leave)
    process.off('uncaughtExceptionMonitor', this.#leave)
    process.off('SIGTSTP', this.#suspend)
    process.off('SIGCONT', this.#resume)
    this.#options.terminal.close()
  }

  #tick(): void {
    if (!this.#held) this.#draw()
  }

  /** A picture of this moment, where the terminal is ours and has shown the one before. */
  #draw(): void {
    const running = this.#running
    const { terminal, depth, unicode, keyboard, interrupted } = this.#options
    if (running === null || this.#over || (!this.#screen.entered && !inForeground())) return
    const stopping = this.#stopping || interrupted()
    const state = this.#story.at({
      elapsedMs: running.elapsedMs,
      counters: running.live.counters(),
      due: this.#dueBy(),
      rateScale: running.rateScale,
      stopping,
      keys: keyLine({ keys: keyboard !== null, rate: this.#open, stopping, held: this.#held }),
      help: this.#help ? helpLines(this.#open) : null,
    })
    const { columns, rows } = terminal
    if (this.#screen.draw(liveFrame(state, { columns, rows, depth, unicode }))) this.#listen()
  }

  /** Messages due by a millisecond of the run, made anew when the rate was changed. */
  #dueBy(): ((ms: number) => number) | null {
    const { arrivals } = this.#options.plan.load
    const changes = this.#running?.rateChanges ?? []
    if (arrivals === null) return null
    if (this.#due?.changes !== changes.length) {
      const curve = askedCurve(arrivals, changes)
      this.#due = { changes: changes.length, by: (ms) => curve.dueBy(ms) }
    }
    return this.#due.by
  }

  #listen(): void {
    const { keyboard } = this.#options
    if (this.#raw || keyboard === null) return
    this.#raw = true
    keyboard.setRawMode(true)
    keyboard.on('data', this.#heard)
    keyboard.resume()
  }

  #putBack(): void {
    const { keyboard } = this.#options
    this.#screen.leave()
    if (!this.#raw || keyboard === null) return
    this.#raw = false
    keyboard.off('data', this.#heard)
    keyboard.pause()
    keyboard.setRawMode(false)
  }

  #press(keys: readonly Key[]): void {
    for (const key of keys) this.#do(key)
    if (keys.length > 0) this.#draw()
  }

  #do(key: Key): void {
    switch (key) {
      case 'stop':
        return this.#stop()
      case 'interrupt':
        return this.#options.signal('SIGINT')
      case 'quit':
        this.#putBack()
        return this.#options.signal('SIGQUIT')
      case 'suspend':
        return this.#options.signal('SIGTSTP')
      case 'hold':
        this.#held = !this.#held
        return
      case 'redraw':
        return this.#screen.forget()
      case 'help':
        this.#help = !this.#help
        return
      case 'planned':
        if (this.#open) this.#running?.scaleRate(1)
        return
      default:
        if (this.#open) this.#running?.scaleRate(stepped(this.#running.rateScale, key))
    }
  }

  /** As the first Ctrl-C, and again as the second; but the exit status is that of a run that ended by itself. */
  #stop(): void {
    const again = this.#stopping || this.#options.interrupted()
    this.#stopping = true
    this.#held = false
    this.#running?.stop(again ? 0 : this.#options.plan.load.drainMs)
  }

  /** Ctrl-Z, or the same from elsewhere: the terminal first, then we stop as everybody does, by the signal itself. */
  #aside(): void {
    clearInterval(this.#timer)
    this.#putBack()
    process.off('SIGTSTP', this.#suspend)
    process.kill(process.pid, 'SIGTSTP')
    // Where nobody could wake us (an orphaned group) the system does not stop us at all, and there will be no SIGCONT.
    this.#timer = setInterval(this.#resume, EVERY_MS)
  }

  #back(): void {
    if (this.#over) return
    clearInterval(this.#timer)
    if (!process.listeners('SIGTSTP').includes(this.#suspend)) process.on('SIGTSTP', this.#suspend)
    this.#timer = setInterval(() => this.#tick(), EVERY_MS)
    this.#draw()
  }
}
