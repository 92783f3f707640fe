/** The head of the page: what was profiled, the sums, and how each thread spent its time. */
import type { ProfileDocument, ThreadRow } from '../shape.js'
import { element } from './element.js'
import { figure, percent } from './figures.js'

export function heading(profile: ProfileDocument): HTMLElement {
  const { process, messages, shares } = profile
  const facts: [string, string, string][] = [
    [`${figure(profile.spanUs / 1e6)} s`, 'profiled', `a sample every ${figure(profile.intervalUs)} µs`],
    [figure(messages), 'messages in that time', messages > 0 ? `${figure(messages / (profile.spanUs / 1e6))}/s` : ''],
    [
      process.perMessageUs === null
        ? `${figure((process.userUs + process.systemUs) / 1e6)} s`
        : `${figure(process.perMessageUs)} µs`,
      process.perMessageUs === null ? 'CPU' : 'CPU a message',
      `user ${percent(1 - profile.kernelShare)}, kernel ${percent(profile.kernelShare)}`,
    ],
    [percent(profile.accountedShare), 'of it accounted for', 'what the functions add up to'],
    [percent(shares.gc), 'garbage collection', 'on the threads below'],
    [
      percent(shares.systemCalls + shares.poll),
      'system calls seen',
      `writes ${percent(shares.writes)}, poll and read ${percent(shares.poll)}`,
    ],
  ]
  const cards = facts.map(([value, name, more]) =>
    element('div', { class: 'fact' }, [
      element('strong', { text: value }),
      element('span', { text: name }),
      element('small', { text: more }),
    ]),
  )
  const notes = profile.notes.map((text) => element('p', { class: 'note', text }))
  return element('header', {}, [
    element('h1', { text: 'Stampede profile' }),
    element('code', { class: 'command', text: profile.command }),
    element('div', { class: 'facts' }, cards),
    threadTable(profile.threads),
    ...notes,
    element('p', { class: 'about', text: `stampede ${profile.version} on Node ${profile.node}` }),
  ])
}

function threadTable(threads: readonly ThreadRow[]): HTMLElement {
  const heads = ['thread', 'on a core', 'waiting for a core', 'asleep', 'samples']
  const head = element(
    'tr',
    {},
    heads.map((text) => element('th', { text })),
  )
  const rows = threads.map(({ name, spanUs, cpuUs, waitUs, samples }) => {
    const known = cpuUs !== null && waitUs !== null
    const shares = known
      ? [cpuUs / spanUs, waitUs / spanUs, Math.max(0, 1 - (cpuUs + waitUs) / spanUs)]
      : [null, null, null]
    const cells = [name, ...shares.map((share) => (share === null ? '?' : percent(share))), figure(samples)]
    return element(
      'tr',
      {},
      cells.map((text) => element('td', { text })),
    )
  })
  return element('table', { class: 'threads' }, [element('thead', {}, [head]), element('tbody', {}, rows)])
}
