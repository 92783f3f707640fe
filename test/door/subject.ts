import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Program, type Ran, type Running, start } from '../peer/run-program.js'
import { type Record, type Script, ScriptedServer } from '../peer/scripted-server.js'

/** A program that claims to be smtp-source, and how its version numbers recipients (and pads the day of the month). */
export interface Subject {
  readonly program: Program
  readonly numbering: 'newest' | 'classic'
}

/** What one run of smtp-source is: its arguments, and the server it meets. */
export interface Call {
  /** `@` stands for the endpoint, `%name` for a message file; without `@` the endpoint comes last. */
  readonly argv: readonly string[]
  /** null: nothing listens there. */
  readonly server?: Script | null
  readonly files?: { readonly [name: string]: string }
  readonly env?: { readonly [name: string]: string }
  /** Ended by force so long after it has connected: it is to wait. */
  readonly waitsMs?: number
}

/** A run as seen from both ends. In `stderr` the program's name is replaced by `P`. */
export interface Seen extends Ran {
  readonly connections: readonly Record[]
  readonly endpoint: string
}

/** A loopback port on which nothing listens. */
export async function deafPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Runs a program against a fresh scripted server. */
export async function call(program: Program, what: Call): Promise<Seen> {
  const server = what.server === null ? null : await ScriptedServer.start(what.server ?? {})
  const endpoint = server === null ? `127.0.0.1:${await deafPort()}` : server.address
  const directory = mkdtempSync(join(tmpdir(), 'stampede-call-'))
  try {
    for (const [name, text] of Object.entries(what.files ?? {})) writeFileSync(join(directory, name), text, 'latin1')
    const filled = what.argv.map((word) => (word === '@' ? endpoint : word.replace(/^%/, `${directory}/`)))
    const args = what.argv.includes('@') ? filled : [...filled, endpoint]
    const running = start(program, args, { ...(what.env !== undefined && { env: what.env }), timeoutMs: 60_000 })
    if (what.waitsMs !== undefined && server !== null) void endWaiting(running, server, what.waitsMs)
    const ran = await running.done
    if (server !== null) await server.quiet()
    return {
      ...ran,
      stderr: anonymous(ran.stderr).replaceAll(directory, '%').replaceAll(endpoint, '@'),
      connections: server?.records ?? [],
      endpoint,
    }
  } finally {
    await server?.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function endWaiting(running: Running, server: ScriptedServer, waitsMs: number): Promise<void> {
  let over = false
  void running.done.finally(() => {
    over = true
  })
  while (!over && server.records.length === 0) await sleep(20)
  await sleep(waitsMs)
  if (!over) running.kill('SIGKILL')
}

/** Diagnostics with the program's name, however it was called, as `P`. */
function anonymous(stderr: string): string {
  return stderr
    .replace(/^\S*smtp-source(\.js)?(?=: )/gm, 'P')
    .replace(/(?<=^P: fatal: usage: )\S*smtp-source(\.js)?(?= )/gm, 'P')
}
