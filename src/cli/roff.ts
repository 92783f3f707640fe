/** man(7) roff: the few forms that the manual pages are made of. */
import { version } from '../base/version.js'

/** A whole page of section 1. */
export function page(name: string, what: string, sections: readonly (readonly [string, string])[]): string {
  const head = [
    `.\\" Made by 'stampede manual'.`,
    `.TH ${quoted(name.toUpperCase())} 1 "" ${quoted(`stampede ${version()}`)} "Stampede"`,
  ]
  const lines = [...head, '.SH NAME', `${roff(name)} \\- ${roff(what)}`]
  for (const [title, body] of sections) lines.push(`.SH ${quoted(title)}`, body)
  return `${lines.join('\n')}\n`
}

/** A paragraph that hangs from its tag. */
export function tagged(tag: string, body: string): string {
  return `.TP\n${tag}\n${body}`
}

/** Words, and the commands that they speak of, as they are typed. */
export function example(words: string, ...commands: string[]): string {
  return ['.PP', roff(words), '.PP', '.RS 4', '.nf', ...commands.map(roff), '.fi', '.RE'].join('\n')
}

export function bold(text: string): string {
  return `\\fB${roff(text)}\\fR`
}

/** An argument of a request. */
export function quoted(text: string): string {
  return `"${roff(text).replaceAll('"', '\\(dq')}"`
}

/** Text that roff shows as it stands: hyphens that can be copied, no escape, no request at the start of a line. */
export function roff(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll("'", '\\(aq').replace(/^\./gm, '\\&.')
}
