// A result file as Markdown: one table for people, every command line beneath it.

const digits = (value) => {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size >= 1000) return Math.round(value).toLocaleString('en-US')
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2)
}

const withRange = (s) => `${digits(s.median)} (${digits(s.min)}–${digits(s.max)})`
const ratioDigits = (value) => value.toFixed(value < 0.1 ? 3 : 2)
const ratioOf = (s) => `${ratioDigits(s.median)}×`
const ratioWithRange = (s) => `${ratioOf(s)} (${ratioDigits(s.min)}–${ratioDigits(s.max)})`

/** The sentence every figure is quoted with. */
export function machineLine(result) {
  const m = result.machine
  return `${result.date}, ${m.cpu}, ${m.cores} cores, ${m.memoryGiB} GiB, ${m.kernel}, Node ${m.node}, Postfix ${m.postfix ?? 'absent'}, postal ${m.postal ?? 'absent'}, ${m.cc}`
}

const SIDE = { receiver: 'receiver', client: 'client', neither: 'neither (waiting)', 'receiver and client': 'both' }
const limit = (side) => SIDE[side.limit] ?? side.limit

const checkDigits = (value) => (value === null ? '–' : value < 0.1 ? value.toFixed(3) : digits(value))

/** A check in words: what was asked, what was measured ("0.29 (0.24 without start-up)"), whether it was reached. */
export function checkText(check) {
  const unit = {
    cpuRatio: '× CPU',
    throughputRatio: '× messages/s',
    receiverCpuRatio: "× the sink's CPU",
    perSecond: ' messages/s',
    rssKiBPerSession: ' KiB RSS a session',
  }[check.figure]
  if (check.is !== undefined)
    return { target: `limit: ${check.is}`, value: String(check.value), reached: check.reached }
  const sign = check.atMost !== undefined ? '≤' : '≥'
  const bound = check.atMost ?? check.atLeast
  const sending = check.sending === null ? '' : ` (${checkDigits(check.sending)} without start-up)`
  return {
    target: `${sign} ${bound.toLocaleString('en-US')}${unit}`,
    value: `${checkDigits(check.value)}${sending}`,
    reached: check.reached,
  }
}

/** More than this many cores busy with something else, and a row says so. */
const QUIET = 0.15

function figureRow(row) {
  const { a, b, ratio } = row.summary
  const cpu = row.measure === 'receiver' ? 'receiverUs' : 'cpuUs'
  const cells = [
    row.name,
    withRange(a[cpu]),
    withRange(b[cpu]),
    ratioWithRange(ratio[cpu]),
    row.measure === 'receiver'
      ? `sender ${digits(a.clientShare.median)} / ${digits(b.clientShare.median)} cores`
      : `${digits(a.sendingCpuUs.median)} / ${digits(b.sendingCpuUs.median)} = ${ratioOf(ratio.sendingCpuUs)}`,
    withRange(a.perSecond),
    withRange(b.perSecond),
    ratioOf(ratio.perSecond),
    `${limit(a)} / ${limit(b)}`,
    `${digits(a.receiverShare.median)} / ${digits(b.receiverShare.median)}`,
    `${digits(a.rssKiB.median / 1024)} / ${digits(b.rssKiB.median / 1024)}`,
    digits(row.elsewhere),
  ]
  return `| ${cells.join(' | ')} |`
}

/** The whole result as Markdown. */
export function renderResult(result) {
  const lines = [`# ${result.suite}: paired runs of whole processes`, '', `${machineLine(result)}.`, '']
  if (result.quick) lines.push('**Quick run: too short to be quoted.**', '')
  lines.push(
    `${result.options.runs} pairs a case after a warm-up of each side, A B A B … in one sitting, about ${result.options.seconds} s a run. ` +
      'Medians, in brackets minimum and maximum; ratios are A/B pair by pair. CPU is user + system time of the whole process, ' +
      'start-up included (cases `sink/…` and `native-sink/…`: of the receiver while it received), in µs a message; “without start-up” subtracts ' +
      'a run of one message; where the receiver is measured it says what the sender took. Limit: the side that used 0.9 of a core or more while messages flowed. ' +
      'Elsewhere: cores that other processes, the kernel’s own threads and timing errors took.',
    '',
    '| case | A, CPU µs | B, CPU µs | A/B | without start-up | A, messages/s | B, messages/s | A/B | limit A / B | receiver, cores A / B | RSS MiB A / B | elsewhere, cores |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|',
  )
  for (const row of result.rows) if (!row.error) lines.push(figureRow(row))
  const failed = result.rows.filter((row) => row.error)
  if (failed.length > 0) {
    lines.push('', '## Not measured', '', ...failed.map((row) => `- ${row.name}: ${row.error.replaceAll('\n', ' ')}`))
  }
  if (result.rows.some((row) => row.checks)) lines.push('', '## Targets', '', ...headlineTable(result))
  lines.push('', '## Command lines', '')
  for (const row of result.rows) {
    if (row.error) continue
    lines.push(`- ${row.name}`)
    lines.push(`  - A: \`${row.a.command}\` to \`${row.a.receiver}\``)
    lines.push(`  - B: \`${row.b.command}\` to \`${row.b.receiver}\``)
  }
  return `${lines.join('\n')}\n`
}

const CONVERSATION = {
  'lock-step': 'lock-step, kept connections',
  glued: 'glued',
  bdat16: 'BDAT, 16 transactions in flight',
  'per-message': 'a connection per message, lock-step',
  'per-message-pipelined': 'a connection per message, pipelined',
}
const RECEIVER = { 'stampede-sink': 'our sink', 'smtp-sink': 'smtp-sink', 'c-sink': 'a bare C receiver' }

/** What a case compares, in words: [conversation, opponent]. */
function words(name) {
  const [suite, what, ...rest] = name.split('/')
  const receiver = RECEIVER[rest.at(-1)]
  if (suite === 'source') {
    const sessions = rest[0].slice(1)
    return [
      `${CONVERSATION[what]}, ${sessions} sessions, ${rest[1]}, into ${receiver}`,
      what.startsWith('per-') ? 'smtp-source' : 'smtp-source -d',
    ]
  }
  if (suite === 'sessions')
    return [
      `${what}, ${Number(rest[0].split('-')[0]).toLocaleString('en-US')} sessions, into ${receiver}`,
      'our own 100 sessions',
    ]
  if (suite === 'recording') return [`${what}, everything recorded, into ${receiver}`, 'nothing recorded (--no-record)']
  if (suite === 'sink') return sinkWords(what, rest)
  return [name, 'B']
}

/** The same for a case in which the sink is measured: `sink/[2-vs-1/]CONVERSATION/sSESSIONS/SIZE[/vs-c-sink]`. */
function sinkWords(what, rest) {
  const [conversation, sessions, size, other] = what === '2-vs-1' ? rest : [what, ...rest]
  const sender = conversation.startsWith('smtp-source-')
    ? conversation.replace('-source-', '-source, ')
    : `C client, ${conversation}`
  const text = `${sender}, ${sessions.slice(1)} sessions, ${size}`
  if (what === '2-vs-1') return [`our sink on two workers, ${text}`, 'our sink on one']
  return [`our sink, ${text}`, other === 'vs-c-sink' ? 'a bare C receiver' : 'smtp-sink']
}

/** The rows that have a target: what was asked, what was measured, whether it was reached, and which side was the limit. */
export function headlineTable(result) {
  const lines = [
    '| what | against | CPU µs a message: ours, theirs | messages/s: ours, theirs | target | measured | limit: ours, theirs |',
    '|---|---|---|---|---|---|---|',
  ]
  for (const row of result.rows) {
    if (!row.target) continue
    const [what, against] = words(row.name)
    if (row.error) {
      lines.push(
        `| ${what} | ${against} | | | | not measured: ${row.error.replaceAll('\n', ' ').replaceAll('|', '/')} | |`,
      )
      continue
    }
    const { a, b } = row.summary
    const cpu = row.measure === 'receiver' ? 'receiverUs' : 'cpuUs'
    const checks = row.checks.map(checkText)
    lines.push(
      `| ${[
        what,
        against,
        `${digits(a[cpu].median)}, ${digits(b[cpu].median)}`,
        `${digits(a.perSecond.median)}, ${digits(b.perSecond.median)}`,
        checks.map((c) => c.target).join('; '),
        checks.map((c) => `${c.value} ${c.reached ? 'reached' : '**not reached**'}`).join('; '),
        `${limit(a)}, ${limit(b)}${row.elsewhere > QUIET ? ` (not quiet: ${digits(row.elsewhere)} cores busy elsewhere)` : ''}`,
      ].join(' | ')} |`,
    )
  }
  return lines
}

/** One line for the terminal while the benchmark runs. */
export function lineOf(row) {
  if (row.error) return `  failed: ${row.error}`
  const { a, b, ratio } = row.summary
  const cpu = row.measure === 'receiver' ? 'receiverUs' : 'cpuUs'
  const whose = row.measure === 'receiver' ? 'receiver CPU' : 'CPU'
  const parts = [
    `${whose} ${digits(a[cpu].median)} / ${digits(b[cpu].median)} µs = ${ratioWithRange(ratio[cpu])}`,
    `${digits(a.perSecond.median)} / ${digits(b.perSecond.median)} messages/s = ${ratioOf(ratio.perSecond)}`,
    `limit ${limit(a)} / ${limit(b)}`,
  ]
  if (row.elsewhere > QUIET) parts.push(`NOT QUIET: ${digits(row.elsewhere)} cores busy elsewhere`)
  for (const check of row.checks ?? []) {
    const text = checkText(check)
    parts.push(`${text.reached ? '✓' : '✗'} ${text.target}: ${text.value}`)
  }
  return parts.map((part) => `  ${part}`).join('\n')
}
