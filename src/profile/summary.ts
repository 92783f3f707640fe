/** The profile in a few lines for a terminal. */
import { count, number, percent, seconds } from '../report/format.js'
import type { ProfileDocument, Section } from './shape.js'

const FUNCTIONS = 15
const MODULES = 8

/** `wrote`: the files that it went into. */
export function profileText(profile: ProfileDocument, wrote: readonly string[]): string {
  const { messages, process, accountedShare, shares, kernelShare } = profile
  const each = process.perMessageUs === null ? '' : `, ${number(process.perMessageUs)} us a message`
  const lines = [
    `profile     ${seconds(profile.spanUs / 1000)}, ${count(messages)} messages, cpu ${seconds((process.userUs + process.systemUs) / 1000)}${each} (kernel ${percent(kernelShare)})`,
    `accounted   ${percent(accountedShare)} of that by function`,
    `shares      gc ${percent(shares.gc)} · writes ${percent(shares.writes)} · poll and read ${percent(shares.poll)} · helper threads ${percent(shares.helpers)} · the sampler ${percent(shares.sampler)}`,
  ]
  for (const section of profile.sections) lines.push('', ...sectionLines(section, messages))
  for (const note of profile.notes) lines.push('', `note  ${note}`)
  if (wrote.length > 0) lines.push('', `wrote  ${wrote.join(' · ')}`)
  return `${lines.join('\n')}\n`
}

function sectionLines({ title, functions, modules, totalUs }: Section, messages: number): string[] {
  const unit = messages > 0 ? 'us/message' : 'ms'
  const figure = (us: number) => number(messages > 0 ? us / messages : us / 1000)
  const share = (us: number) => percent(totalUs > 0 ? us / totalUs : 0)
  const row = (self: string, part: string, total: string, name: string, where: string) =>
    `${self.padStart(10)} ${part.padStart(7)} ${total.padStart(10)}  ${name.padEnd(30)} ${where}`.trimEnd()
  const lines = [title, row(unit, 'share', 'with calls', 'function', 'where')]
  for (const { name, module, place, selfUs, totalUs: total } of functions.slice(0, FUNCTIONS))
    lines.push(row(figure(selfUs), share(selfUs), figure(total), printable(name), printable(place || module)))
  lines.push('', row(unit, 'share', '', 'module', ''))
  for (const { module, selfUs } of modules.slice(0, MODULES))
    lines.push(row(figure(selfUs), share(selfUs), '', printable(module), ''))
  return lines
}

/** Names may come from scripts and from other programs: nothing that a terminal would act upon. */
function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?')
}
