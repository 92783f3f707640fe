#!/usr/bin/env node
/**
 * `npm run quickstart`: the main job, once, for someone who has just cloned this. Without arguments mail goes to a sink of our own in
 * a second process, so that the CPU in the summary is the source's alone; with arguments they are those of `stampede source`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { main } from '../cli/main.js'

const STAMPEDE = fileURLToPath(new URL('./stampede.js', import.meta.url))
const MESSAGES = '200k'
const SESSIONS = '50'

const given = process.argv.slice(2)
process.exitCode = given.length > 0 ? await main('stampede', ['source', ...given]) : await demonstrate()

async function demonstrate(): Promise<number> {
  const sink = spawn(process.execPath, [STAMPEDE, 'sink', '--quiet', '--ready-fd', '3', 'inet:127.0.0.1:0'], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  const ended = once(sink, 'exit')
  try {
    const ready = sink.stdio[3]!
    const address = await Promise.race([
      once(ready, 'data').then(([line]) => String(line).trim()),
      ended.then(() => null),
    ])
    if (address === null) return 1
    process.stderr.write(`A sink listens on ${address}; sending it ${MESSAGES} messages over ${SESSIONS} sessions.\n\n`)
    return await main('stampede', ['source', '-s', SESSIONS, '-m', MESSAGES, '-l', '1KiB', address])
  } finally {
    sink.kill()
    await ended
  }
}
