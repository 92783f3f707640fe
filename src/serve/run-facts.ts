/** What is true of a run, or of a sink, from its start to its end. */
import { type Family, gauge } from './families.js'

export interface RunFacts {
  readonly version: string
  readonly node: string
  /** The seed: what tells this run from others. */
  readonly run: string
  readonly role: 'source' | 'sink'
  /** `smtp` or `lmtp` and the kind of address; never the address. */
  readonly target: string
}

type About = Pick<RunFacts, 'version' | 'node'>

/** Facts of a source's plan, and of what ran it. */
export function runFacts(
  plan: {
    readonly seed: string
    readonly target: { readonly kind: 'inet' | 'unix' }
    readonly wire: { readonly protocol: string }
  },
  { version, node }: About,
): RunFacts {
  return { version, node, run: plan.seed, role: 'source', target: kindOf(plan.wire.protocol, plan.target) }
}

/** The same of a sink, whose target is where it listens. */
export function sinkRunFacts(
  plan: { readonly listen: { readonly kind: 'inet' | 'unix' }; readonly protocol: string },
  run: string,
  { version, node }: About,
): RunFacts {
  return { version, node, run, role: 'sink', target: kindOf(plan.protocol, plan.listen) }
}

export function infoFamilies({ version, node, run, role, target }: RunFacts): Family[] {
  return [
    gauge('stampede_build_info', 'What runs.', [{ labels: { version, node }, value: 1 }]),
    gauge('stampede_run_info', 'The run.', [{ labels: { run, role, target }, value: 1 }]),
  ]
}

function kindOf(protocol: string, { kind }: { readonly kind: 'inet' | 'unix' }): string {
  return kind === 'unix' ? `${protocol}+unix` : protocol
}
