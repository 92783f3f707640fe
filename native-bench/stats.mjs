// The arithmetic of a comparison, pure: no process, clock or file.

/** Middle of the values; the mean of the two middle ones when their number is even. NaN for none. */
export function median(values) {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

/** Median with its spread: what is shown for every figure. */
export function spread(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

/** One figure of A divided by the same of B, pair by pair: the machine's drift between pairs cancels out. */
export function pairwise(a, b) {
  return spread(a.map((value, index) => value / b[index]))
}

/** Two significant digits, upwards of 1: message counts that can be read and repeated. */
export function roundCount(count) {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, count))) - 1)
  return Math.max(1, Math.round(count / unit) * unit)
}

/**
 * Figures of one finished run.
 * `run`: wallSeconds, userSeconds, systemSeconds, maxRssKiB, messages, receiverSeconds (CPU the receiver used meanwhile).
 * `startup`: wallSeconds, cpuSeconds, messages of a run that does little more than start; null: nothing is subtracted.
 * cpuUs and perSecond are of the whole process; the sending… figures are without start-up.
 */
export function figures(run, startup) {
  const cpu = run.userSeconds + run.systemSeconds
  const sendingSeconds = startup
    ? Math.max(run.wallSeconds - startup.wallSeconds, run.wallSeconds / 100)
    : run.wallSeconds
  const sendingCpu = startup ? Math.max(cpu - startup.cpuSeconds, 0) : cpu
  const sendingMessages = startup ? Math.max(run.messages - startup.messages, 1) : run.messages
  return {
    cpuUs: (cpu * 1e6) / run.messages,
    userUs: (run.userSeconds * 1e6) / run.messages,
    systemUs: (run.systemSeconds * 1e6) / run.messages,
    perSecond: run.messages / run.wallSeconds,
    sendingCpuUs: (sendingCpu * 1e6) / sendingMessages,
    sendingPerSecond: sendingMessages / sendingSeconds,
    receiverUs: (run.receiverSeconds * 1e6) / run.messages,
    clientShare: sendingCpu / sendingSeconds,
    receiverShare: run.receiverSeconds / sendingSeconds,
    rssKiB: run.maxRssKiB,
  }
}

/** A core that is busy for this share of the time has no more to give. */
const FULL = 0.9

/** Which side was the limit, from the shares of a core that each thread of it used. */
export function limitOf(clientShare, receiverShare, clientThreads = 1, receiverThreads = 1) {
  const sides = []
  if (receiverShare / receiverThreads >= FULL) sides.push('receiver')
  if (clientShare / clientThreads >= FULL) sides.push('client')
  return sides.length === 0 ? 'neither' : sides.join(' and ')
}

/** Figures of all pairs of a case. `a`, `b`: { runs, startup, threads, sessions }, runs in the order they were made. */
export function summarise(a, b) {
  const one = (side) => {
    const each = side.runs.map((run) => figures(run, side.startup))
    const summary = {}
    for (const name of Object.keys(each[0])) summary[name] = spread(each.map((run) => run[name]))
    summary.limit = limitOf(
      summary.clientShare.median,
      summary.receiverShare.median,
      side.threads,
      side.receiverThreads,
    )
    return { each, summary }
  }
  const left = one(a)
  const right = one(b)
  const ratio = {}
  for (const name of ['cpuUs', 'sendingCpuUs', 'perSecond', 'sendingPerSecond', 'receiverUs']) {
    ratio[name] = pairwise(
      left.each.map((run) => run[name]),
      right.each.map((run) => run[name]),
    )
  }
  const moreSessions = a.sessions - b.sessions
  const rssKiBPerSession =
    moreSessions > 0
      ? (Math.max(...a.runs.map((r) => r.maxRssKiB)) - median(b.runs.map((r) => r.maxRssKiB))) / moreSessions
      : null
  return { a: left.summary, b: right.summary, ratio, rssKiBPerSession }
}

/**
 * What a target asks for, the figure it is held against, and whether it was reached. Whole processes are judged, start-up
 * included; `sending` is the same figure without start-up, for the reader.
 */
export function judge(target, summary) {
  return target.map((check) => {
    const value = FIGURE[check.figure](summary)
    const sending = WITHOUT_STARTUP[check.figure]?.(summary) ?? null
    return { ...check, value, sending, reached: reaches(check, value) }
  })
}

function reaches(check, value) {
  if (check.is !== undefined) return String(value).includes(check.is)
  if (value === null) return false
  return check.atMost !== undefined ? value <= check.atMost : value >= check.atLeast
}

const FIGURE = {
  cpuRatio: (s) => s.ratio.cpuUs.median,
  throughputRatio: (s) => s.ratio.perSecond.median,
  receiverCpuRatio: (s) => s.ratio.receiverUs.median,
  perSecond: (s) => s.a.perSecond.median,
  rssKiBPerSession: (s) => s.rssKiBPerSession,
  limit: (s) => s.a.limit,
}

const WITHOUT_STARTUP = {
  cpuRatio: (s) => s.ratio.sendingCpuUs.median,
  throughputRatio: (s) => s.ratio.sendingPerSecond.median,
  perSecond: (s) => s.a.sendingPerSecond.median,
}
