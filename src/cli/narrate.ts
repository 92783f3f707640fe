/** `-v` of `stampede source`: what will be done, and with a second one how the workers fared. */
import { formatCount, formatDuration, formatRate, formatShare, formatSize } from '../base/units.js'
import type { Health } from '../measure/health.js'
import type { ClientAuthPlan } from '../plan/client-auth-plan.js'
import type { SourcePlan } from '../plan/plan.js'

/** A few lines before the start. */
export function narrate({ target, load, wire, mail, workers, seed }: SourcePlan): string {
  const until = [
    load.messages === null ? null : `${formatCount(load.messages)} messages`,
    load.durationMs === null ? null : formatDuration(load.durationMs),
  ].filter((word) => word !== null)
  const pace =
    load.arrivals?.shape.kind !== 'constant'
      ? 'each session as fast as it is answered'
      : `${formatRate(load.arrivals.shape.rate)} started on schedule`
  const kept = load.perSession === null ? 'connections kept' : `${formatCount(load.perSession)} on each connection`
  const body =
    mail.file !== null
      ? `${mail.fileName} (${formatSize(mail.file.length)})`
      : mail.size === null
        ? 'four lines'
        : formatSize(mail.size)
  return [
    `target     ${target.text} by ${wire.protocol.toUpperCase()}${wire.until === null ? '' : `, until ${wire.until}`}`,
    `load       ${until.join(' or ')}; ${pace}; ${load.sessions} sessions on ${workers} workers; ${kept}`,
    `wire       hello ${wire.hello} ${wire.helloName}; pipelining ${wire.pipelining}; chunking ${wire.chunking}; depth ${wire.depth}`,
    ...(wire.auth === null ? [] : [`auth       ${authText(wire.auth)}`]),
    `mail       from <${mail.from}> to <${mail.to}> × ${mail.recipients}; ${body}`,
    `seed       ${seed}`,
    '',
  ].join('\n')
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
