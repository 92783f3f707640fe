#!/usr/bin/env node
/**
 * `npm run prof`: a run under `node --prof`, and one report of the logs of all its isolates (the main thread and each worker write their own). Without
 * arguments the load of the quick start, into a sink in a process of its own; with arguments those of `stampede`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HOME } from '../profile/files.js'
import { ticksText } from '../profile/ticks-text.js'
import { tree } from '../profile/tree.js'
import { addTicks, type V8Log } from '../profile/v8-log.js'

const STAMPEDE = fileURLToPath(new URL('./stampede.js', import.meta.url))
const LOAD = ['source', '--no-progress', '-s', '50', '-m', '200k', '-l', '1KiB']

const given = process.argv.slice(2)
// Signals are for the run; what it wrote down until then is shown all the same.
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => {})
process.exitCode = given.length > 0 ? await profiled(given) : await demonstrated()

/** Runs it and reports; the run's exit status. */
async function profiled(args: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'stampede-prof-'))
  try {
    // The name is V8's to complete: isolate-0x…-PID-v8.log for every isolate.
    const run = spawn(process.execPath, ['--prof', `--logfile=${join(folder, 'v8.log')}`, STAMPEDE, ...args], {
      stdio: 'inherit',
    })
    const [code, signal] = (await once(run, 'close')) as [number | null, NodeJS.Signals | null]
    await report(folder)
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function report(folder: string): Promise<void> {
  const root = tree({ name: 'all isolates', kind: 'group', module: '', place: '' })
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'))
  const sums = { isolates: 0, ticks: 0, idle: 0 }
  for (const name of logs) {
    process.stderr.write(`reading ${name} ...\n`)
    const log = await processed(join(folder, name))
    if (log === null) {
      process.stderr.write(`stampede: ${name} could not be read and is left out\n`)
      continue
    }
    const { ticks, idle } = addTicks(root, log, HOME)
    sums.isolates++
    sums.ticks += ticks
    sums.idle += idle
  }
  if (sums.isolates === 0) process.stderr.write('stampede: this Node wrote no log that could be read\n')
  else process.stdout.write(`\n${ticksText(root, sums)}`)
}

/** Node's own reader makes JSON of a log; null: it could not. */
async function processed(path: string): Promise<V8Log | null> {
  const reader = spawn(process.execPath, ['--prof-process', '--preprocess', path], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const closed = once(reader, 'close')
  const parts: Buffer[] = []
  for await (const part of reader.stdout!) parts.push(part as Buffer)
  await closed
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as V8Log
  } catch {
    return null
  }
}

async function demonstrated(): Promise<number> {
  const sink = spawn(process.execPath, [STAMPEDE, 'sink', '--quiet', '--ready-fd', '3', 'inet:127.0.0.1:0'], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  const ended = once(sink, 'exit')
  try {
    const address = await Promise.race([
      once(sink.stdio[3]!, 'data').then(([line]) => String(line).trim()),
      ended.then(() => null),
    ])
    return address === null ? 1 : await profiled([...LOAD, address])
  } finally {
    sink.kill()
    await ended
  }
}
