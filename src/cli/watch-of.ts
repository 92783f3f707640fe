/** `--watch`: whom a verb that loads a server watches meanwhile. */
import type { Target } from '../plan/plan.js'
import type { RunWatch } from '../watch/run-watch.js'
import type { Given } from './given.js'

/** Finds the processes; null: nobody asked. Throws UsageError when there is nobody to watch. */
export async function watchOf(given: Pick<Given, 'text' | 'label'>, target: Target): Promise<RunWatch | null> {
  const text = given.text('watch')
  if (text === null) return null
  // Loaded here: a run without it should not pay for it.
  return (await import('./watch-named.js')).watchNamed(text, given.label('watch'), target)
}
