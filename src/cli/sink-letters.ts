/** Postfix's letters for a receiver's manners, as sections of a policy document. */
import { UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { formatDuration, parseDuration } from '../base/units.js'
import type { StageName } from '../plan/policy.js'
import { WAIT_MAX_MS } from '../plan/policy-check.js'
import { DOOR_COMMANDS, type DoorCommand } from '../plan/sink-door-plan.js'
import { targetProtocol } from '../plan/target.js'
import type { Given } from './given.js'

/** Rules to be added to those of a section, and the option that is to be named when one is wrong. */
export interface LetterRules {
  readonly section: 'reject' | 'disconnect' | 'delay'
  readonly label: string
  readonly rules: readonly Record<string, unknown>[]
}

const STAGE_OF: Readonly<Record<DoorCommand, StageName>> = {
  connect: 'connect',
  helo: 'hello',
  ehlo: 'hello',
  lhlo: 'hello',
  xclient: 'other',
  xforward: 'other',
  auth: 'auth',
  mail: 'mail',
  rcpt: 'rcpt',
  data: 'data',
  '.': 'dot',
  rset: 'rset',
  noop: 'noop',
  vrfy: 'vrfy',
  quit: 'quit',
}

/** What the letters come to; at each stage only the first of -q, -Q, -f, -r, -W that names it. Throws UsageError. */
export function letterRules(given: Given): LetterRules[] {
  const taken = new Set<StageName>()
  const found: LetterRules[] = []
  const act = (option: string, section: 'reject' | 'disconnect', reply: Record<string, unknown>) => {
    if (!given.has(option)) return
    const stages = [...stagesOf(given, option)].filter((stage) => !taken.has(stage))
    for (const stage of stages) taken.add(stage)
    if (stages.length > 0) found.push({ section, label: given.label(option), rules: [{ stage: stages, ...reply }] })
  }
  const hard = replyOf(given, 'hard-reply', '5', '500 5.3.0 Error: command failed')
  const soft = replyOf(given, 'soft-reply', '4', '450 4.3.0 Error: command failed')
  act('disconnect-at', 'disconnect', {})
  act('hang-up-at', 'reject', { code: 421, text: '4.0.0 Server closing connection', close: true })
  act('reject-hard', 'reject', hard)
  act('reject-soft', 'reject', soft)
  const delays = delaysOf(given)
  const rules = [...delays].filter(([stage]) => !taken.has(stage)).map(([stage, time]) => ({ stage, time }))
  if (rules.length > 0) found.push({ section: 'delay', label: delayLabel(given), rules })
  return found
}

/** What happens behind the reply to DATA; null: the content is read. */
export function afterData(given: Given): { readonly kind: 'pause' | 'refuse'; readonly ms: number } | null {
  const premature = given.duration('premature-reply')
  const pause = given.duration('data-read-delay')
  if (premature !== null) return { kind: 'refuse', ms: premature }
  return pause === null ? null : { kind: 'pause', ms: pause }
}

/** The commands that `-s` names. */
export function loggedCommands(given: Given): DoorCommand[] {
  return commandsOf(given, 'log')
}

function stagesOf(given: Given, option: string): Set<StageName> {
  const commands = commandsOf(given, option)
  return new Set(commands.filter((command) => isUnderstood(command, given)).map((command) => STAGE_OF[command]))
}

function commandsOf(given: Given, option: string): DoorCommand[] {
  const words = given.texts(option).flatMap((list) => list.split(/[, \t\r\n]+/))
  return words.filter((word) => word !== '').map((word) => commandOf(word, given.label(option)))
}

/** A hello that is not understood is never met. */
function isUnderstood(command: DoorCommand, given: Given): boolean {
  const lmtp = given.flag('lmtp') || targetProtocol(given.operands[0] ?? '') === 'lmtp'
  if (command === 'lhlo') return lmtp
  if (command === 'helo') return !lmtp
  return command !== 'ehlo' || (!lmtp && !given.flag('no-esmtp') && !given.flag('pix'))
}

function commandOf(word: string, label: string): DoorCommand {
  const folded = word.toLowerCase()
  const command = DOOR_COMMANDS.find((known) => known === folded)
  if (command !== undefined) return command
  const meant = nearest(folded, DOOR_COMMANDS)
  throw new UsageError(
    `${label}: '${word}' is no command; ${meant ? `did you mean ${meant}?` : `give some of ${DOOR_COMMANDS.join(' ')}.`}`,
  )
}

function replyOf(given: Given, option: string, digit: '4' | '5', fallback: string) {
  const reply = given.text(option) ?? fallback
  const lines = reply.replace(/\r?\n$/, '').split(/\r?\n/)
  const code = lines[0]!.slice(0, 3)
  const fits = (line: string) => /^\d{3}([ -][\x20-\x7e]*)?$/.test(line) && line.startsWith(code)
  if (!code.startsWith(digit) || !lines.every(fits))
    throw new UsageError(
      `${given.label(option)}: '${reply}' is no reply of that kind; give one such as '${fallback}', each line with the same code.`,
    )
  // 421 would close the connection; here only --hang-up-at does.
  return { code, text: lines.map((line) => line.slice(4)).join('\n'), close: false }
}

/** The last setting for a stage wins. */
function delaysOf(given: Given): Map<StageName, string> {
  const delays = new Map<StageName, string>()
  const commands = given.texts('command-delay')
  for (const option of given.sequence(['command-delay', 'data-delay'])) {
    if (option === 'data-delay') {
      const ms = given.duration('data-delay')!
      if (ms > WAIT_MAX_MS)
        throw new UsageError(`${given.label('data-delay')}: ${formatDuration(ms)} is too large; give at most 1h.`)
      delays.set('data', formatDuration(ms))
      continue
    }
    const spec = commands.shift()!
    const label = given.label('command-delay')
    const [word, time, odds, ...rest] = spec.split(':')
    if (word === undefined || time === undefined || rest.length > 0)
      throw new UsageError(`${label}: '${spec}' is not of the form COMMAND:TIME[:ODDS]; give one such as rcpt:5:30.`)
    const command = commandOf(word, label)
    const ms = parseDuration(time, label, { bareUnit: 's', min: 1, max: WAIT_MAX_MS })
    if (odds !== undefined && !/^\d\d?$/.test(odds))
      throw new UsageError(`${label}: '${odds}' are no odds; give a whole number from 0 to 99.`)
    const drawn = Number(odds ?? 0)
    if (!isUnderstood(command, given)) continue
    const text = formatDuration(ms)
    delays.set(STAGE_OF[command], drawn === 0 ? text : `geometric:${text}:${drawn}%`)
  }
  return delays
}

function delayLabel(given: Given): string {
  return given.label(given.has('command-delay') ? 'command-delay' : 'data-delay')
}
