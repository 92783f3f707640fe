/** The drop-in door `smtp-source` in its worker: the pool of messages, the numbers, the voice, and how it ends. */
import { writeSync } from 'node:fs'
import { Rng } from '../base/rng.js'
import type { Recorder } from '../measure/recorder.js'
import { Counter } from '../measure/series.js'
import { Value } from '../message/recipients.js'
import { Renderer } from '../message/renderer.js'
import { type IdParts, messageText } from '../message/text.js'
import { Deadlines } from '../net/deadlines.js'
import { type CallerSocket, Dialer } from '../net/dialer.js'
import { Writer } from '../net/writer.js'
import type { DoorPlan, SourcePlan } from '../plan/plan.js'
import type { ClassicReply } from '../smtp/classic-reply.js'
import { type DoorHouse, DoorLink } from './door-link.js'
import type { SourceTask } from './task.js'
import { makeTunedSocket } from './tuned.js'

/** A fatal error is told, and a second later the program ends; connections stay open meanwhile. */
const FATAL_PAUSE_MS = 1000
const LOOK_MS = 250

/** Message-Id as the original makes it: pid, descriptor and messages left, each at least four hexadecimal digits. */
function classicId(): IdParts {
  return [
    `${process.pid.toString(16).padStart(4, '0')}.`,
    { value: Value.session, radix: 16, digits: 4 },
    '.',
    { value: Value.serial, radix: 16, digits: 4 },
  ]
}

export class Door implements DoorHouse {
  readonly plan: SourcePlan
  readonly renderer: Renderer
  readonly writer: Writer
  readonly dialer: Dialer
  readonly deadlines: Deadlines
  readonly lmtp: boolean
  readonly verbose: boolean
  /** Messages that no session has taken. Goes below zero when sessions come in vain, as the original's does. */
  left: number
  readonly #door: DoorPlan
  readonly #counters: Float64Array
  readonly #links: DoorLink[] = []
  readonly #descriptors = new Set<number>()
  readonly #rng = new Rng(process.pid)
  /** Set once the run has ended, well or not: nobody acts any more. */
  over = false
  #live: number
  #content = 0
  #number: number
  #finish: (exit: number) => void = () => {}

  constructor(task: SourceTask, door: DoorPlan, recorder: Recorder) {
    const { plan } = task.share
    this.plan = plan
    this.#door = door
    this.#counters = recorder.counters
    this.lmtp = plan.wire.protocol === 'lmtp'
    this.verbose = door.verbose > 0
    this.left = plan.load.messages ?? 1
    this.#live = plan.load.sessions
    this.#number = plan.mail.numbering === 'classic' ? 1 : 0
    this.renderer = new Renderer(messageText(plan.mail, plan.wire, task.date, classicId()), 1)
    this.writer = new Writer((socket) => ((socket as CallerSocket).caller as DoorLink).drained())
    this.deadlines = new Deadlines(this.#live, (index) => this.#links[index]!.expired())
    this.dialer = new Dialer({
      endpoint: task.endpoint,
      sourceIps: [],
      burst: 1,
      noDelay: false,
      makeSocket: makeTunedSocket(plan.wire.tcpWindow, task.endpoint),
    })
    for (let i = 0; i < this.#live; i++) this.#links.push(new DoorLink(this, i))
  }

  /** Runs to the end; the exit status. */
  async run(): Promise<number> {
    const look = setInterval(() => this.deadlines.look(this.now()), LOOK_MS)
    const exit = await new Promise<number>((resolve) => {
      this.#finish = resolve
      for (const link of this.#links) link.start()
    })
    clearInterval(look)
    if (exit === 0 && this.#door.counter) writeSync(1, '\n')
    if (exit !== 0) await new Promise((resolve) => setTimeout(resolve, FATAL_PAUSE_MS))
    for (const link of this.#links) link.leave()
    return exit
  }

  now(): number {
    return performance.now()
  }

  /** Takes a message out of the pool; false when there was none. */
  take(): boolean {
    if (--this.left < 0) return false
    this.#counters[Counter.scheduled]!++
    return true
  }

  /** A session has nothing more to do. */
  ended(): void {
    if (--this.#live === 0) this.#end(0)
  }

  /** The next recipient's number, over all sessions. */
  nextNumber(): number {
    return this.#number++
  }

  /** Waits as `-w` or `-R` says, or not at all. */
  pause(then: () => void): void {
    const { delay } = this.plan.load
    const ms =
      delay === null ? 0 : delay.kind === 'fixed' ? delay.ms : this.#rng.upTo(delay.ms / delay.stepMs) * delay.stepMs
    if (ms === 0) then()
    else setTimeout(() => !this.over && then(), ms)
  }

  /** A message's content has gone out: the running counter of `-c`. */
  counted(): void {
    this.#counters[Counter.accepted]!++
    if (this.#door.counter) writeSync(1, `${++this.#content}\r`)
  }

  /** A line of `-v`. */
  say(text: string): void {
    if (this.verbose) this.#print('', text)
  }

  /** A reply outside the success set: with `-A` a warning and true; else fatal and false. */
  tolerates(what: string, reply: ClassicReply): boolean {
    const text = `${what}: ${reply.code} ${reply.text}`
    if (this.plan.allowReject) this.warn(text)
    else this.fatal(text)
    return this.plan.allowReject
  }

  warn(text: string): void {
    if (!this.over) this.#print('warning: ', text)
  }

  /** Ends the whole run; whatever session met the error, all stop where they are. */
  fatal(text: string): void {
    if (this.over) return
    this.#print('fatal: ', text)
    this.#end(1)
  }

  /** The number that smtp-source's socket would have: its Message-Ids carry it. 4 is its event queue. */
  openDescriptor(): number {
    let descriptor = 3
    while (descriptor === 4 || this.#descriptors.has(descriptor)) descriptor++
    this.#descriptors.add(descriptor)
    return descriptor
  }

  closeDescriptor(descriptor: number): void {
    this.#descriptors.delete(descriptor)
  }

  #end(exit: number): void {
    if (this.over) return
    this.over = true
    this.#finish(exit)
  }

  /** Diagnostics carry no octet that a terminal could take amiss. */
  #print(severity: string, text: string): void {
    const clean = text.replace(/[^\x20-\x7e]/g, '?')
    writeSync(2, `${this.#door.program}: ${severity}${clean}\n`)
  }
}
