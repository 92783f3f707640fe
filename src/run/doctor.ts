/** The use case behind `stampede doctor`: what of this machine, this program and a server is in the way of a load. */
import { createRequire } from 'node:module'
import { hostname } from 'node:os'
import { basename } from 'node:path'
import { version } from '../base/version.js'
import { libc } from '../net/libc.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import type { Ceiling, DoctorReport } from '../report/doctor.js'
import { loadUws } from '../serve/uws.js'
import { readMachine } from '../watch/machine.js'
import { machineFindings, type ProgramFacts, programFindings } from './doctor-findings.js'
import { type CeilingMode, measureCeilings } from './doctor-load.js'
import { lookAtTarget, type TargetLook } from './doctor-target.js'

export interface DoctorOptions {
  /** Null: no server is looked at. */
  readonly look: TargetLook | null
  /** Null: nothing is measured. */
  readonly load: {
    readonly sink: SinkPlan
    readonly modes: readonly CeilingMode[]
    readonly seconds: number
  } | null
  readonly signal: AbortSignal
  readonly before: (mode: string, number: number) => void
}

/** Looks. @throws UsageError for a public target that nobody has vouched for */
export async function doctor({ look, load, signal, before }: DoctorOptions): Promise<DoctorReport> {
  // The machine first: what is measured later leaves its traces in it.
  const facts = readMachine()
  const findings = [...machineFindings(facts), ...programFindings(await programFacts(), facts.platform)]
  if (look !== null) findings.push(...(await lookAtTarget(look)))
  const ceilings: readonly Ceiling[] | null =
    load === null ? null : await measureCeilings(load.sink, load.modes, signal, before)
  return {
    schemaVersion: 1,
    version: version(),
    host: hostname(),
    target: look?.target.text ?? null,
    findings,
    ceilings,
    seconds: load?.seconds ?? 0,
  }
}

async function programFacts(): Promise<ProgramFacts> {
  const loaded = (await loadUws()) !== null
  // A CommonJS package, so what it has loaded stands in the cache of CommonJS.
  const binary = Object.keys(createRequire(import.meta.url).cache).find((path) => /uws_[^/\\]*\.node$/.test(path))
  return {
    node: process.version,
    arch: process.arch,
    uws: loaded ? basename(binary ?? 'loaded') : null,
    koffi: libc() !== null,
  }
}
