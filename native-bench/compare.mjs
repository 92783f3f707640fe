// One case: start-up runs, a warm-up of each side, then the counted pairs A B A B … in one sitting.
import { machineCpu } from './machine.mjs'
import { measure, portsAreFree, startReceiver } from './processes.mjs'
import { judge, median, roundCount, summarise } from './stats.mjs'
import { lacking, receivers, senders } from './tools.mjs'

/** One side: its sender, its receiver, how many messages a run has. */
class Side {
  constructor(spec, receiver) {
    this.client = spec.client
    this.sender = senders[spec.client.tool]
    this.receiver = receiver
    this.messages = 0
    /** Messages of all runs so far, those included that are not counted. */
    this.sent = 0
    this.runs = []
    this.startups = []
  }

  command(messages) {
    return this.sender.argv(this.client, this.receiver.port, messages)
  }

  /** One run, checked: what the sender says was accepted and what the receiver counted must be what was asked. */
  async run(messages, seconds) {
    const argv = this.command(messages)
    const before = await this.receiver.messages()
    const machineBefore = machineCpu()
    const receiverBefore = this.receiver.cpuSeconds()
    const done = await measure(argv, this.sender.timed ? { endAfterSeconds: Math.max(1, Math.round(seconds)) } : {})
    const receiverSeconds = this.receiver.cpuSeconds() - receiverBefore
    const machineAfter = machineCpu()
    const after = await this.receiver.messages()
    const arrived = before === null ? null : after - before
    if (this.sender.timed && arrived === null)
      throw new Error(`${argv.join(' ')}: only a receiver that counts can bound it`)
    if (!this.sender.timed && !this.client.handshakes && arrived !== null && arrived !== messages) {
      throw new Error(`${argv.join(' ')}: ${messages} messages asked, ${arrived} arrived`)
    }
    const accepted = this.sender.accepted ? this.sender.accepted(done.stdout) : null
    if (accepted !== null && accepted !== messages) {
      throw new Error(`${argv.join(' ')}: ${messages} messages asked, it says ${accepted} were accepted`)
    }
    const { wallSeconds, userSeconds, systemSeconds, maxRssKiB } = done
    const used = userSeconds + systemSeconds + receiverSeconds
    this.sent += this.client.handshakes ? 0 : this.sender.timed ? arrived : messages
    return {
      messages: this.sender.timed ? arrived : messages,
      wallSeconds,
      userSeconds,
      systemSeconds,
      maxRssKiB,
      receiverSeconds,
      // Cores that other processes kept busy meanwhile, and that the hypervisor kept for itself: the sitting's quiet.
      elsewhere: Math.max(0, (machineAfter.busy - machineBefore.busy - used) / wallSeconds),
      stolen: (machineAfter.stolen - machineBefore.stolen) / wallSeconds,
    }
  }

  get startup() {
    if (this.startups.length === 0) return null
    return {
      messages: this.startups[0].messages,
      wallSeconds: median(this.startups.map((run) => run.wallSeconds)),
      cpuSeconds: median(this.startups.map((run) => run.userSeconds + run.systemSeconds)),
    }
  }

  report() {
    return {
      command: this.command(this.messages).join(' '),
      receiver: this.receiver.argv.join(' '),
      sessions: this.client.sessions,
      threads: this.client.workers ?? 1,
      receiverThreads: this.receiver.threads,
      messages: this.messages,
      startup: this.startup,
      runs: this.runs,
    }
  }
}

/**
 * Runs a case. `runs` pairs, each run about `seconds` long. Returns the row of the result file; a failure is a row with
 * `error` and no figures. Receivers are fresh for the case and gone after it.
 */
export async function compare(entry, { runs, seconds, startups, say }) {
  const row = { name: entry.name, suites: entry.suites, measure: entry.measure, target: entry.target ?? null }
  const running = new Map()
  const sides = []
  try {
    const reasons = lacking(entry)
    if (reasons.length > 0) throw new Error(reasons.join('; '))
    await portsAreFree()
    for (const spec of [entry.a, entry.b]) {
      if (spec.client.sessions > receivers[spec.receiver].mostSessions)
        throw new Error(`${spec.receiver} takes fewer sessions`)
      if (!running.has(spec.receiver)) running.set(spec.receiver, await startReceiver(spec.receiver))
      sides.push(new Side(spec, running.get(spec.receiver)))
    }
    const [a, b] = sides
    for (let i = 0; i < startups; i++) {
      for (const side of sides) if (!side.sender.timed) side.startups.push(await side.run(1, seconds))
    }
    for (const side of sides) await size(side, seconds)
    for (let pair = 1; pair <= runs; pair++) {
      for (const side of sides) side.runs.push(await side.run(side.messages, seconds))
      say?.(pair)
    }
    row.a = a.report()
    row.b = b.report()
    row.summary = summarise(row.a, row.b)
    row.elsewhere = median([...a.runs, ...b.runs].map((run) => run.elsewhere))
    row.stolen = median([...a.runs, ...b.runs].map((run) => run.stolen))
    row.checks = entry.target ? judge(entry.target, row.summary) : null
  } catch (error) {
    row.error = error.message
  } finally {
    for (const receiver of running.values()) await end(receiver, sides, row)
  }
  return row
}

/** Ends a receiver. One that says how many messages it had in all must have had those of all runs. */
async function end(receiver, sides, row) {
  const total = await receiver.stop().catch((error) => {
    row.error ??= `${receiver.argv.join(' ')}: no totals at its end: ${error.message}`
    return null
  })
  const sent = sides.filter((side) => side.receiver === receiver).reduce((sum, side) => sum + side.sent, 0)
  if (total !== null && total !== sent)
    row.error ??= `${receiver.argv.join(' ')}: ${sent} messages sent, ${total} arrived`
}

/** The warm-up run, from which the number of messages of a counted run follows. */
async function size(side, seconds) {
  const { client } = side
  if (side.sender.timed) {
    await side.run(null, Math.min(seconds, 2))
    return
  }
  // Half a run, and two messages a session, so that a receiver that compiles as it goes has done so.
  const first = roundCount(Math.max(client.guess * seconds * 0.5, client.sessions * 2, 10))
  const warm = await side.run(first, seconds)
  const sending = Math.max(warm.wallSeconds - (side.startup?.wallSeconds ?? 0), warm.wallSeconds / 10)
  const fitting = client.messages ? client.messages * Math.min(1, seconds / 3) : (first / sending) * seconds
  side.messages = roundCount(Math.max(fitting, client.sessions * 2, 10))
}
