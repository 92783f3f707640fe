/** `--otlp`: who tells a collector of a run, or of a sink, opened before it and closed behind it. */
import { hostname } from 'node:os'
import { UsageError } from '../base/errors.js'
import { version } from '../base/version.js'
import type { OtlpTotals } from '../measure/figures.js'
import type { TraceBatch } from '../measure/protocol.js'
import type { RunResult } from '../measure/result.js'
import type { SourcePlan } from '../plan/plan.js'
import type { TracePlan } from '../plan/trace-plan.js'
import { otlpNote } from '../report/otlp.js'
import type { Family } from '../serve/families.js'
import { Otlp, wallOf } from '../serve/otlp.js'
import { type Attributes, type SpanFacts, spansOf } from '../serve/otlp-spans.js'
import { loadOtlpModules, type OtlpModules, OtlpWire } from '../serve/otlp-wire.js'
import type { Companion } from './company.js'
import type { Given } from './given.js'
import type { Shown } from './metrics.js'
import { type OtlpWish, otlpOf, tracingOf } from './otlp-of.js'

/** What a run that is to be left at once may still spend on the collector, in milliseconds. */
const HURRIED_MS = 300

/** Which packages to install where they are missing. */
const PACKAGES = [
  '@opentelemetry/api@1.9',
  '@opentelemetry/resources@2.12.0',
  '@opentelemetry/sdk-metrics@2.12.0',
  '@opentelemetry/exporter-trace-otlp-http@0.223.0',
  '@opentelemetry/exporter-metrics-otlp-http@0.223.0',
]

/** Something shown that takes in more families: how the exporting itself goes. */
interface ShowsMore extends Shown {
  add(families: () => readonly Family[]): void
}

/** What there is to tell of. */
export interface OtlpSubject {
  readonly shown: Shown
  readonly role: 'source' | 'sink'
  readonly seed: string | null
  readonly tags?: Readonly<Record<string, string>>
}

/** The exporting of a source's run: metrics, and traces of the connections that are followed. */
export class OtlpCompanion implements Companion {
  readonly tracing: TracePlan | null
  readonly #otlp: Otlp
  readonly #plan: SourcePlan
  readonly #hurry: AbortSignal
  /** By worker. */
  readonly #lost = new Map<number, number>()
  #origin: bigint | null = null

  constructor(otlp: Otlp, plan: SourcePlan, tracing: TracePlan | null, hurry: AbortSignal) {
    this.#otlp = otlp
    this.#plan = plan
    this.tracing = tracing
    this.#hurry = hurry
  }

  started(): void {
    this.#otlp.start()
  }

  traced(batch: TraceBatch, startAt: number): void {
    this.#origin ??= wallOf(startAt)
    this.#lost.set(batch.worker, batch.lost)
    this.#otlp.unrecorded([...this.#lost.values()].reduce((sum, lost) => sum + lost, 0))
    this.#otlp.spans(spansOf(batch.records, spanFacts(this.#plan, batch, this.#origin)), this.#origin)
  }

  async amended(result: RunResult): Promise<RunResult> {
    await this.#otlp.finish(this.#hurry.aborted ? HURRIED_MS : undefined)
    const otlp = this.#otlp.totals
    const note = otlpNote(otlp)
    return { ...result, otlp, notes: note === null ? result.notes : [...result.notes, note] }
  }

  close(): void {
    this.#otlp.close()
  }
}

/** Opens it if it was asked for; null: it was not. `hurry`: aborted when the program is to end at once. Throws UsageError. */
export async function openOtlp(
  given: Given,
  plan: SourcePlan,
  shown: ShowsMore,
  hurry: AbortSignal,
): Promise<OtlpCompanion | null> {
  const wish = otlpOf(given, true)
  const tracing = tracingOf(given, plan.load.sessions)
  if (wish === null) return null
  const { seed, tags = {} } = plan
  const otlp = await open(wish, { shown, role: 'source', seed, tags }, given.label('otlp'))
  shown.add(() => otlp.families())
  return new OtlpCompanion(otlp, plan, tracing, hurry)
}

/** The exporting of a sink: metrics alone. */
export interface SinkOtlp {
  started(): void
  /** Sends the last figures; what is to be said of it, if anything. */
  ended(hurried: boolean): Promise<{ readonly totals: OtlpTotals; readonly note: string | null }>
  close(): void
}

/** Opens it if it was asked for; null: it was not. Throws UsageError. */
export async function openSinkOtlp(given: Given, shown: ShowsMore, seed: string | null): Promise<SinkOtlp | null> {
  const wish = otlpOf(given, false)
  if (wish === null) return null
  const otlp = await open(wish, { shown, role: 'sink', seed }, given.label('otlp'))
  shown.add(() => otlp.families())
  return {
    started: () => otlp.start(),
    ended: async (hurried) => {
      await otlp.finish(hurried ? HURRIED_MS : undefined)
      return { totals: otlp.totals, note: otlpNote(otlp.totals) }
    },
    close: () => otlp.close(),
  }
}

async function open(wish: OtlpWish, subject: OtlpSubject, label: string): Promise<Otlp> {
  let modules: OtlpModules
  try {
    modules = await loadOtlpModules()
  } catch (error) {
    if (!/MODULE_NOT_FOUND$/.test(String((error as NodeJS.ErrnoException).code))) throw error
    throw new UsageError(
      `${label} needs OpenTelemetry's exporters, which are not installed; npm install ${PACKAGES.join(' ')}`,
    )
  }
  const sender = { version: version(), resource: resourceOf(subject) }
  const wire = new OtlpWire(modules, wish.collector, sender)
  const { intervalMs, shown: url } = wish
  return new Otlp({ wire, url, intervalMs, families: subject.shown.families })
}

/** What all that is sent is about. */
function resourceOf({ role, seed, tags = {} }: OtlpSubject): Attributes {
  return {
    'service.name': 'stampede',
    'service.version': version(),
    // Two of one seed may run side by side, on one machine or on many.
    'service.instance.id': `${seed ?? role}@${hostname()}:${process.pid}`,
    'host.name': hostname(),
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'stampede.role': role,
    ...(seed !== null && { 'stampede.seed': seed }),
    ...Object.fromEntries(Object.entries(tags).map(([name, value]) => [`stampede.tag.${name}`, value])),
  }
}

function spanFacts({ target, wire, mail, mix, seed }: SourcePlan, { peer }: TraceBatch, origin: bigint): SpanFacts {
  return {
    seed,
    startedSeconds: Number(origin / 1_000_000_000n),
    protocol: wire.protocol,
    server: target.kind === 'unix' ? { address: target.path, port: null } : { address: target.host, port: target.port },
    peer,
    messageIds: mail.headers && mix.length === 0,
  }
}
