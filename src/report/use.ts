/** Utilisation, saturation and errors of both ends, in words. */
import type { Use, UseError } from '../measure/use.js'
import { count, number, percent } from './format.js'

/** One end in a few words each. */
export interface UseRow {
  readonly end: 'generator' | 'server'
  readonly utilisation: string
  readonly saturation: string
  readonly errors: string
}

export function useRows({ generator, server }: Use): UseRow[] {
  return [
    {
      end: 'generator',
      utilisation: `loop ${percent(generator.utilisation.loop)}, cpu ${percent(generator.utilisation.cpu)}`,
      saturation: list([
        `start lag p99 ${milliseconds(generator.saturation.startLagP99Ms)}`,
        generator.saturation.backlog.most > 0 && `backlog at most ${count(generator.saturation.backlog.most)}`,
        generator.saturation.draining > 0 && `draining ${percent(generator.saturation.draining)}`,
        generator.saturation.dropped > 0 && `${count(generator.saturation.dropped)} dropped`,
      ]),
      errors: errorWords(generator.errors),
    },
    {
      end: 'server',
      utilisation: serverUtilisation(server.utilisation),
      saturation: serverSaturation(server.saturation),
      errors: errorWords(server.errors),
    },
  ]
}

function serverUtilisation(told: Use['server']['utilisation']): string {
  if (told === null) return 'not watched'
  const most = told.mostCpu > told.cpu * 1.05 ? ` (most ${percent(told.mostCpu)})` : ''
  return `cpu ${percent(told.cpu)} of ${number(told.cores)} CPU${told.cores === 1 ? '' : 's'}${most}`
}

function serverSaturation(told: Use['server']['saturation']): string {
  const { acceptWait, acceptQueue, runQueue, pressure, deferred, deferredShare } = told
  return list([
    acceptWait !== null && `accept wait p99 ${milliseconds(acceptWait.p99Ms)}`,
    acceptQueue !== null && acceptQueue.most > 0 && `queue ${count(acceptQueue.most)} of ${count(acceptQueue.limit)}`,
    acceptQueue !== null && acceptQueue.overflows > 0 && `${count(acceptQueue.overflows)} overflows`,
    runQueue !== null && `load ${number(runQueue)}`,
    ...(['cpu', 'memory', 'io'] as const).map(
      (name) => (pressure?.[name] ?? 0) >= 0.005 && `${name} pressure ${percent(pressure![name]!)}`,
    ),
    deferred > 0 && `${count(deferred)} deferred (${percent(deferredShare)})`,
  ])
}

function errorWords(errors: readonly UseError[]): string {
  const [most, second, ...rest] = errors.map((one) => `${count(one.count)} ${one.kind}`)
  return most === undefined
    ? 'none'
    : list([most, second ?? false, rest.length > 0 && `${rest.length} more ${rest.length === 1 ? 'kind' : 'kinds'}`])
}

function list(words: readonly (string | false)[]): string {
  const told = words.filter((word) => word !== false)
  return told.length === 0 ? 'none seen' : told.join(', ')
}

function milliseconds(ms: number): string {
  return `${number(ms)} ms`
}
