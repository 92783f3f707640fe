/** `stampede malformed`: the catalogue of malformed conversations, once against one server. */
import { UsageError } from '../base/errors.js'
import { version } from '../base/version.js'
import { checkHelloName } from '../plan/hostname.js'
import { isSmtps, parseTarget, targetProtocol } from '../plan/target.js'
import { caseTable } from '../report/mischief.js'
import type { CatalogueOptions, CatalogueResult } from '../run/catalogue.js'
import { CATALOGUE, casesNamed } from '../smtp/malformed/catalogue.js'
import { VERDICTS } from '../smtp/malformed/judge.js'
import { colored } from './colors.js'
import { loadRunCatalogue } from './engine.js'
import type { Given } from './given.js'
import { verbHelp } from './help.js'
import { type Machine, thisMachine } from './machine.js'
import { endpoint } from './operand-of.js'
import { type Environment, parse } from './parse.js'
import { Interrupts } from './signals.js'
import { print } from './source.js'

const PATIENCE_MS = 10_000
const STYLES = { dim: 2, red: 31, yellow: 33 } as const

/** Runs the verb; the exit status. Throws StampedeError. */
export async function malformedVerb(args: readonly string[], environment: Environment): Promise<number> {
  const given = parse('malformed', args, environment)
  if (given.flag('help')) return print(verbHelp('malformed'))
  if (given.flag('version')) return print(`stampede ${version()}\n`)
  if (given.flag('list')) return print(listed())
  const options = catalogueOptions(given, thisMachine())
  const runCatalogue = await loadRunCatalogue()
  const interrupts = new Interrupts()
  try {
    const result = await runCatalogue({ ...options, signal: interrupts.signal })
    print(
      given.flag('json') ? `${JSON.stringify(result, null, 2)}\n` : catalogueText(result, colored(environment, given)),
    )
    return interrupts.exitStatus ?? (result.passed ? 0 : 1)
  } finally {
    interrupts.close()
  }
}

/** What was given, as the catalogue takes it. Throws UsageError. */
export function catalogueOptions(given: Given, machine: Machine): Omit<CatalogueOptions, 'signal'> {
  const target = endpoint(given, 'TARGET', (text) => parseTarget(text, 25, machine.lookupService))
  if (targetProtocol(given.operands[0]!) === 'lmtp')
    throw new UsageError(`TARGET '${given.operands[0]}': the catalogue is of SMTP; give a host, smtp:// or smtps://.`)
  const helo = given.text('helo') ?? machine.hostname
  const problem = checkHelloName(helo)
  if (problem)
    throw new UsageError(`${given.label('helo')}: ${problem.fatal}; give a host name, [IPv4] or [IPv6:address].`)
  const family = given.last(['ipv4', 'ipv6'])
  const words = { from: given.text('from') ?? `foo@${helo}`, to: given.text('to') ?? `foo@${helo}`, helo }
  for (const name of ['from', 'to'] as const) {
    if (/[^\x20-\x7e]|[<>]/.test(words[name]))
      throw new UsageError(`${given.label(name)}: '${words[name]}' is no plain address; give one such as a@b.example.`)
  }
  return {
    target,
    family: family === null ? 0 : family === 'ipv4' ? 4 : 6,
    mayBePublic: given.flag('i-own-this-server') ?? false,
    secure: isSmtps(given.operands[0]!),
    cases: casesNamed(given.list('case'), given.label('case')),
    words,
    patienceMs: given.duration('timeout') ?? PATIENCE_MS,
  }
}

/** The table, and how often each verdict was given. */
export function catalogueText({ target, rows, verdicts, healthy, passed }: CatalogueResult, color: boolean): string {
  const paint = (text: string, style: keyof typeof STYLES) => (color ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text)
  const sums = VERDICTS.filter((verdict) => verdicts[verdict] > 0).map((verdict) => `${verdicts[verdict]} ${verdict}`)
  const sick =
    healthy === '2232'
      ? []
      : [`note  a healthy message was not accepted either: its replies began with ${[...healthy].join(', ')}`]
  return `${[...caseTable(rows, paint), '', ...sick, `${passed ? 'PASS' : 'FAIL'}  ${target}  ${sums.join(' · ')}`].map((line) => line.trimEnd()).join('\n')}\n`
}

function listed(): string {
  const width = Math.max(...CATALOGUE.map(({ name }) => name.length)) + 2
  return CATALOGUE.map(({ name, what, section }) => `${name.padEnd(width)}${what} (${section})\n`).join('')
}
