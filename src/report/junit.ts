/** What a run was judged by as a JUnit report, for build servers: a case for each threshold, and one for the run itself. */
import type { Result } from '../measure/result.js'
import { count, seconds } from './format.js'
import { boundWords, thresholdValue } from './threshold.js'

/** The report as XML 1.0. */
export function toJunit(result: Result): string {
  const { thresholds, messages, elapsedMs, target, startedAt } = result
  const cases = thresholds.map((one) => ({
    name: one.text,
    failure: one.ok ? null : [`measured ${thresholdValue(one)}`, boundWords(one) ?? []].flat().join(', '),
  }))
  // With thresholds they decide, and the run is only asked whether anything was answered at all.
  const ownFault =
    thresholds.length > 0 ? !result.passed && cases.every(({ failure }) => failure === null) : !result.passed
  const { deferred, refused, failed } = messages
  const words = `${count(messages.accepted)} accepted, ${count(deferred)} deferred, ${count(refused)} refused, ${count(failed)} failed in ${seconds(elapsedMs)}`
  cases.unshift({ name: 'run', failure: ownFault ? words : null })
  const failures = cases.filter(({ failure }) => failure !== null).length
  const attributes = `tests="${cases.length}" failures="${failures}" errors="0" skipped="0" time="${elapsedMs / 1000}" timestamp="${startedAt}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="stampede" tests="${cases.length}" failures="${failures}" time="${elapsedMs / 1000}">`,
    `  <testsuite name="${escaped(target)}" ${attributes}>`,
    ...cases.map(caseLine),
    `    <system-out>${escaped(`${words}\n${result.again}`)}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function caseLine({ name, failure }: { readonly name: string; readonly failure: string | null }): string {
  const open = `    <testcase classname="stampede" name="${escaped(name)}"`
  return failure === null ? `${open}/>` : `${open}><failure message="${escaped(failure)}"/></testcase>`
}

/** Text for XML; what XML 1.0 has no place for is a question mark. */
function escaped(text: string): string {
  const known: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '?').replace(/[&<>"]/g, (char) => known[char]!)
}
