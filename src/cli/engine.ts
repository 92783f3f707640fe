/** The use cases, loaded when a verb is about to run: `--help` and a bad option need no engine. */
import type { runCatalogue } from '../run/catalogue.js'
import type { doctor } from '../run/doctor.js'
import type { startSink } from '../run/sink.js'
import type { runSource } from '../run/source.js'

export async function loadRunSource(): Promise<typeof runSource> {
  return (await import('../run/source.js')).runSource
}

export async function loadRunCatalogue(): Promise<typeof runCatalogue> {
  return (await import('../run/catalogue.js')).runCatalogue
}

export async function loadStartSink(): Promise<typeof startSink> {
  return (await import('../run/sink.js')).startSink
}

export async function loadDoctor(): Promise<typeof doctor> {
  return (await import('../run/doctor.js')).doctor
}
