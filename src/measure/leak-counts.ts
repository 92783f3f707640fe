/** What a load came to, as a search for leaks counts it. */
import type { Result } from './figures.js'
import type { LeakCounts } from './leaks.js'

/** Accepted messages; connections made, misbehaving ones among them; and what went wrong, on purpose or not. */
export function leakCounts(result: Result): LeakCounts {
  const { messages, sessions, mischief, auth, tls, bytes } = result
  const whole = result.unit === 'messages'
  // One that the end of the load cut short may not have come far enough to be broken off.
  const ends = (mischief?.kinds ?? []).map(({ kind, ends }) => ({ kind, ends }))
  const left = (kinds: typeof ends) => kinds.reduce((sum, one) => sum + (one.ends.left ?? 0), 0)
  const met = ends.reduce(
    (sum, one) =>
      sum + Object.entries(one.ends).reduce((all, [end, many]) => all + (end === 'unreached' ? 0 : many), 0),
    0,
  )
  return {
    ...(whole && {
      message: messages.accepted,
      'failed message': messages.refused + messages.deferred + messages.failed,
    }),
    connection: sessions.connected + met,
    'failed AUTH': auth === null ? 0 : auth.refused + auth.wrong - auth.wrongAccepted,
    'aborted session': left(ends.filter(({ kind }) => kind.startsWith('abort'))),
    'TLS handshake': tls === null ? 0 : tls.full + tls.resumed,
    MB: bytes.out / 1e6,
  }
}
