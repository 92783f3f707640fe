/** Rules of how much, how fast and by how many; called by `checkPlan`. */
import { formatRate } from '../base/units.js'
import type { ArrivalPlan, RateShape } from './arrivals.js'
import type { LoadPlan, SourcePlan } from './plan.js'
import { peakOf } from './rate-shape.js'
import { refuse, whole } from './rules.js'

/** Greatest rate whose random starts are drawn one by one, per second. */
const POISSON_MAX = 1e6
/** Greatest rate of all. */
const RATE_MAX = 1e9

/** Throws UsageError for a load that cannot be. */
export function checkLoad({ load, wire, retry }: SourcePlan): void {
  whole(load.sessions, '--sessions', 1)
  if (load.arrivals !== null) checkArrivals(load.arrivals)
  if (load.messages !== null) whole(load.messages, '--messages', 1)
  if (load.perSession !== null) whole(load.perSession, '--per-session', 1)
  refuse(load.durationMs !== null && !(load.durationMs > 0), '--duration must be above 0; give a time such as 30s.')
  const endless = load.messages === null && load.durationMs === null
  refuse(endless && load.arrivals !== null, '--rate needs an end; give --duration or --messages with it.')
  refuse(endless, 'A run needs an end; give --messages or --duration.')
  refuse(
    load.arrivals !== null && load.delay !== null,
    '--rate and --delay, --random-delay or --exp-delay exclude each other; a rate already says when each message starts.',
  )
  refuse(
    wire.until !== null && retry === 'later',
    '--retry later needs whole messages and --until stops before; give one of them.',
  )
  refuse(
    wire.until !== null && load.perSession !== null && load.perSession > 1,
    '--until makes one handshake on each connection; leave out --per-session.',
  )
  refuse(wire.holdMs > 0 && wire.until === null, '--hold waits where --until stops; give --until as well.')
  checkSessions(load)
  checkTimes(load)
}

function checkArrivals(arrivals: ArrivalPlan): void {
  const { shape, burst, process } = arrivals
  checkShape(shape)
  refuse(
    shape.kind === 'offsets' && (burst !== null || process === 'poisson'),
    '--rate file: says when each message starts; leave out --burst and --arrivals poisson.',
  )
  if (burst !== null) {
    refuse(
      !(burst.rate > 0 && burst.forMs > 0 && burst.everyMs > burst.forMs),
      '--burst: a rate above 0 for less than the time between bursts is needed; give such as 2k/s:10s:1s.',
    )
  }
  const peak = peakOf(arrivals)
  refuse(
    peak > RATE_MAX,
    `--rate: ${formatRate(peak)} at the peak is out of range; give at most ${formatRate(RATE_MAX)}.`,
  )
  refuse(
    process === 'poisson' && peak > POISSON_MAX,
    `--arrivals poisson: ${formatRate(peak)} at the peak is out of range; give at most ${formatRate(POISSON_MAX)}.`,
  )
}

function checkShape(shape: RateShape): void {
  switch (shape.kind) {
    case 'constant':
      return refuse(!(shape.rate > 0), '--rate must be above 0; give messages per time such as 500/s.')
    case 'stages':
      refuse(
        !shape.stages.some(({ from, to }) => from > 0 || to > 0),
        '--rate: no stage has a rate above 0; give such as 0..5k/s:60s.',
      )
      return refuse(
        shape.stages.some(({ from, to, ms }) => !(from >= 0 && to >= 0 && ms > 0 && Number.isFinite(ms))),
        '--rate: rates below 0 and stages without time cannot be; give such as 0..5k/s:60s.',
      )
    case 'sine':
      refuse(!(shape.mean > 0 && shape.periodMs > 0), '--rate sine: mean and period must be above 0.')
      return refuse(
        !(shape.amplitude >= 0 && shape.amplitude <= shape.mean),
        '--rate sine: the amplitude is from 0 to the mean, or the rate would fall below 0.',
      )
    case 'offsets': {
      const { offsetsMs, file } = shape
      refuse(offsetsMs.length === 0, `--rate file: '${file}' has no moments; give one in each line.`)
      const wrong = offsetsMs.findIndex((ms, i) => !(ms >= (i === 0 ? 0 : offsetsMs[i - 1]!) && Number.isFinite(ms)))
      refuse(
        wrong >= 0,
        `--rate file: in '${file}' moment ${wrong + 1} is before the one above it; give them ascending.`,
      )
    }
  }
}

function checkSessions({ ramp, sessions, durationMs }: LoadPlan): void {
  if (ramp === null) return
  whole(ramp.from, '--min-sessions', 1)
  refuse(
    ramp.from > sessions,
    `--min-sessions: ${ramp.from} is above --sessions (${sessions}); give at most as many as there are.`,
  )
  refuse(
    ramp.downMs > 0 && durationMs === null,
    '--ramp-down counts back from the end of the run; give --duration with it.',
  )
  refuse(
    durationMs !== null && ramp.upMs + ramp.downMs > durationMs,
    '--ramp-up and --ramp-down together are longer than the run; give a longer --duration.',
  )
}

function checkTimes({ warmupMs, durationMs, backoff }: LoadPlan): void {
  refuse(
    durationMs !== null && warmupMs >= durationMs,
    '--warmup is as long as the whole run, so nothing would be measured; give a longer --duration.',
  )
  refuse(
    !(backoff.firstMs >= 0 && backoff.lastMs >= backoff.firstMs),
    '--backoff: the last wait is at least as long as the first; give such as 10ms..1s.',
  )
}
