/** Dependencies that only some runs need: the others start without what loading them takes. */
import { createRequire } from 'node:module'

/**
 * A module of CommonJS or of Node that is loaded, synchronously, when it is first called for.
 * @throws Error when it is called for and not installed
 */
export function onDemand<Module>(name: string): () => Module {
  let loaded: Module | undefined
  return () => {
    loaded ??= createRequire(import.meta.url)(name) as Module
    return loaded
  }
}
