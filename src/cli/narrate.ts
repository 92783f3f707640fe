/** `-v` of `stampede source`: what will be done, and with a second one how the workers fared. */
import { formatCount, formatDuration, formatShare } from '../base/units.js'
import type { Health } from '../measure/health.js'
import type { ClientAuthPlan } from '../plan/client-auth-plan.js'
import type { LoadPlan, SourcePlan } from '../plan/plan.js'
import { mailText } from './mail-words.js'
import { burstWords, shapeWords } from './rate-words.js'

/** A few lines before the start. */
export function narrate({ target, load, wire, mail, mix, workers, seed }: SourcePlan): string {
  const mails = mix.length > 0 ? mix : [{ weight: 1, mail }]
  const all = mails.reduce((sum, { weight }) => sum + weight, 0)
  const until = [
    load.messages === null ? null : `${formatCount(load.messages)} messages`,
    load.durationMs === null ? null : formatDuration(load.durationMs),
  ].filter((word) => word !== null)
  const kept = load.perSession === null ? 'connections kept' : `${formatCount(load.perSession)} on each connection`
  return [
    `target     ${target.text} by ${wire.protocol.toUpperCase()}${wire.until === null ? '' : `, until ${wire.until}`}`,
    `load       ${until.join(' or ')}; ${paceText(load)}; ${load.sessions} sessions on ${workers} workers; ${kept}`,
    `wire       hello ${wire.hello} ${wire.helloName}; pipelining ${wire.pipelining}; chunking ${wire.chunking}; depth ${wire.depth}`,
    ...(wire.auth === null ? [] : [`auth       ${authText(wire.auth)}`]),
    ...mails.map(
      ({ weight, mail: one }) => `mail       ${mails.length > 1 ? `${weight} of ${all}: ` : ''}${mailText(one)}`,
    ),
    `seed       ${seed}`,
    '',
  ].join('\n')
}

/** When messages start, and what of the sessions and the time is not there from the beginning. */
function paceText({ arrivals, ramp, warmupMs }: LoadPlan): string {
  const parts: string[] = []
  if (arrivals === null) parts.push('each session as fast as it is answered')
  else {
    const { shape, burst, process, late, pace } = arrivals
    parts.push(`${shapeWords(shape).join(' then ')} started on schedule`)
    if (burst !== null) parts.push(`bursts of ${burstWords(burst)}`)
    if (process === 'poisson') parts.push('at random')
    if (late === 'drop') parts.push('late ones dropped')
    if (pace === 'timer') parts.push('by timers')
  }
  if (ramp !== null) parts.push(`from ${formatCount(ramp.from)} sessions`)
  if (warmupMs > 0) parts.push(`the first ${formatDuration(warmupMs)} not counted`)
  return parts.join(', ')
}

/** Who logs in, without any secret. */
function authText({ mechanism, credentials, order, failureRate, inClear }: ClientAuthPlan): string {
  const many = `${formatCount(credentials.length)} users ${order === 'robin' ? 'in turn' : 'drawn'}`
  return [
    mechanism ?? 'the best mechanism offered',
    credentials.length === 1 ? `user ${credentials[0]!.user}` : many,
    ...(failureRate > 0 ? [`${formatShare(failureRate)} of the connections with a wrong password first`] : []),
    ...(inClear ? ['unencrypted if need be'] : []),
  ].join('; ')
}

/** One line per worker: its highest and mean utilisation, its worst loop delay and backlog. */
export function narrateHealth(health: readonly Health[]): string {
  const workers = [...new Set(health.map(({ worker }) => worker))].sort((a, b) => a - b)
  return workers
    .map((worker) => {
      const own = health.filter((one) => one.worker === worker)
      const most = (pick: (one: Health) => number) => own.reduce((high, one) => Math.max(high, pick(one)), 0)
      const mean = own.reduce((sum, one) => sum + one.utilisation, 0) / own.length
      const share = (value: number) => `${Math.round(value * 100)}%`
      return `worker ${worker}   busy ${share(mean)} (most ${share(most((one) => one.utilisation))})   loop delay p99 ${Math.round(most((one) => one.loopDelayP99Us))} µs   backlog ${most((one) => one.backlog)}   draining ${most((one) => one.draining)}\n`
    })
    .join('')
}
