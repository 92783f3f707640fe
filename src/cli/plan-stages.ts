/** Stages of a plan's load as options: of rates as `--rate` has them, of sessions as a ramp. */
import { UsageError } from '../base/errors.js'
import { formatDuration, parseCount, parseDuration } from '../base/units.js'

/** A stage as it is written, and what to call its parts. */
export interface StageText {
  readonly rate: unknown
  readonly sessions: unknown
  readonly time: string
  readonly label: (key?: 'rate' | 'sessions' | 'for') => string
}

/** An option's name and value, and what to call it. */
export type StageValue = readonly [name: string, text: string, label: string]

/** The options that the stages stand for, the time that they take among them. Throws UsageError. */
export function stageValues(stages: readonly StageText[], label: string): StageValue[] {
  const times = stages.map(({ time, label: of }) => parseDuration(time, of('for'), { min: 1 }))
  const total = times.reduce((sum, ms) => sum + ms, 0)
  const of = stages[0]!.rate === undefined ? 'sessions' : 'rate'
  for (const stage of stages) {
    if ((stage.rate === undefined) === (stage.sessions === undefined))
      throw new UsageError(`${stage.label()} has to have one of rate and sessions.`)
    if (stage[of] === undefined)
      throw new UsageError(`${stage.label()}: stages are either of rates or of sessions; give ${of} here too.`)
  }
  const values = of === 'rate' ? stages.map(rateStage) : sessionStages(stages, times, label)
  return [...values, ['duration', formatDuration(total), label]]
}

function rateStage({ rate, time, label }: StageText): StageValue {
  return ['rate', `${rate}:${time}`, label('rate')]
}

/** Up, level, and down again: what the ramp of sessions can do. */
function sessionStages(stages: readonly StageText[], times: readonly number[], label: string): StageValue[] {
  const rows = stages.map((stage) => ends(stage))
  const most = Math.max(...rows.flat())
  const up = rows[0]![0] < rows[0]![1] ? 0 : -1
  const last = rows.length - 1
  const down = rows[last]![0] > rows[last]![1] ? last : -1
  rows.forEach(([from, to], i) => {
    const fits = (i === up || from === most) && (i === down || to === most)
    if (!fits) {
      const stage = stages[i]!.label('sessions')
      throw new UsageError(
        `${stage}: sessions go up once, stay, and come down once; give ${most} here, or one stage up and one down.`,
      )
    }
  })
  const feet = [...(up < 0 ? [] : [rows[up]![0]]), ...(down < 0 ? [] : [rows[down]![1]])]
  if (new Set(feet).size > 1) {
    throw new UsageError(
      `${stages[last]!.label('sessions')}: sessions come down to where they came from; give ${most}..${feet[0]}.`,
    )
  }
  return [
    ['sessions', String(most), label],
    ...(up < 0 ? [] : [['ramp-up', formatDuration(times[up]!), label] as const]),
    ...(down < 0 ? [] : [['ramp-down', formatDuration(times[down]!), label] as const]),
    ...(feet.length === 0 ? [] : [['min-sessions', String(feet[0]), label] as const]),
  ]
}

/** `10..100`, or one number for both; none is one, for a ramp has at least one session. */
function ends({ sessions, label }: StageText): [from: number, to: number] {
  const [from = '', to = from] = String(sessions).split('..')
  const number = (text: string) => Math.max(1, parseCount(text, label('sessions'), { min: 0 }))
  return [number(from), number(to)]
}
