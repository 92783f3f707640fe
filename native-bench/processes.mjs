// Starting, measuring and ending whole processes. Whatever is started here is ended here, however the benchmark ends.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { here, root } from './build.mjs'
import { environment, ticksPerSecond } from './machine.mjs'
import { receivers } from './tools.mjs'

const children = new Set()

function killAll() {
  for (const child of children) child.kill('SIGKILL')
}
process.on('exit', killAll)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    killAll()
    process.exit(130)
  })
}

/** Starts a command line as written in the tables: `node` is this Node, paths are the repository's. */
function start(argv, stdout) {
  const [program, ...rest] = argv
  const executable = program === 'node' ? process.execPath : program.includes('/') ? join(root, program) : program
  const child = spawn(executable, rest, { cwd: root, env: environment, stdio: ['ignore', stdout, 'pipe'] })
  children.add(child)
  child.errors = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    if (child.errors.length < 4000) child.errors += text
  })
  child.once('close', () => children.delete(child))
  child.once('error', (error) => {
    children.delete(child)
    child.errors += error.message
  })
  return child
}

/** A port nobody listens on, below the range the kernel takes client ports from, so that no connection can sit on it. */
async function freePort() {
  for (let tries = 0; tries < 100; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const server = net.createServer()
    server.listen(port, '127.0.0.1')
    const [error] = await Promise.race([once(server, 'listening'), once(server, 'error')]).catch((e) => [e])
    if (error) continue
    await new Promise((done) => server.close(done))
    return port
  }
  throw new Error('no free port found between 20000 and 29999')
}

/** True when the port greets like a mail server. */
function greets(port) {
  return new Promise((done) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.once('data', (data) => {
      socket.resetAndDestroy()
      done(data.toString().startsWith('220'))
    })
    socket.once('error', () => done(false))
    socket.setTimeout(2000, () => {
      socket.destroy()
      done(false)
    })
  })
}

/** A fresh receiver of that name, listening and greeting. */
export async function startReceiver(name) {
  const kind = receivers[name]
  const port = await freePort()
  const argv = kind.argv(port)
  const child = start(argv, 'pipe')
  const lines = createInterface({ input: child.stdout })
  const printed = []
  lines.on('line', (line) => printed.push(line))
  const deadline = Date.now() + 10_000
  while (!(await greets(port))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`${argv.join(' ')}: does not greet on port ${port}: ${child.errors.trim() || 'nothing said'}`)
    }
    await wait(50)
  }
  return {
    name,
    argv,
    port,
    /** CPU seconds used so far by all its threads, as the kernel counts them. */
    cpuSeconds() {
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
    },
    /** Messages received so far; null if this receiver can't tell without being slowed down. */
    async messages() {
      if (!kind.counts) return null
      const next = once(lines, 'line')
      child.kill('SIGUSR1')
      const [line] = await next
      return JSON.parse(line).messages
    },
    threads: kind.threads ?? 1,
    /** Ends it; the messages it says it received in all, or null if it does not say. */
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return null
      const closed = once(child, 'close')
      child.kill('SIGTERM')
      const hard = setTimeout(() => child.kill('SIGKILL'), 3000)
      await closed
      clearTimeout(hard)
      return kind.total && child.signalCode !== 'SIGKILL' ? kind.total(printed.join('\n')) : null
    },
  }
}

let runs = 0

/**
 * Runs a sender to its end and returns what the kernel says of it: { wallSeconds, userSeconds, systemSeconds, maxRssKiB,
 * stdout }. `endAfterSeconds` ends one that has no end of its own. Any other failure throws with what it said.
 */
export async function measure(argv, { endAfterSeconds = 0, limitSeconds = 300 } = {}) {
  const out = join(here, 'build', `rusage.${process.pid}.${runs++}.json`)
  const bound = endAfterSeconds || limitSeconds
  // The repository's Node and paths, as start() would resolve them, because another program starts this one.
  const [program, ...rest] = argv
  const command = program === 'node' ? process.execPath : program
  const child = start(['native-bench/build/rusage', '-t', String(bound), out, command, ...rest], 'pipe')
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  await once(child, 'close')
  let result
  try {
    result = JSON.parse(readFileSync(out, 'utf8'))
  } catch {
    throw new Error(`${argv.join(' ')}: not measured: ${child.errors.trim()}`)
  } finally {
    rmSync(out, { force: true })
  }
  const endedByUs = endAfterSeconds > 0 && result.signal === 15
  if (!endedByUs && (result.exit !== 0 || result.signal !== 0)) {
    const how = result.signal === 15 ? `not done after ${bound} s` : `exit ${result.exit}, signal ${result.signal}`
    throw new Error(`${argv.join(' ')}: ${how}: ${child.errors.trim() || stdout.trim().slice(0, 200)}`)
  }
  return { ...result, stdout }
}

/** Waits, a minute at most, until few closed connections still hold their ports. */
export async function portsAreFree() {
  for (let tries = 0; tries < 60; tries++) {
    const waiting = Number(/^TCP:.* tw (\d+)/m.exec(readFileSync('/proc/net/sockstat', 'utf8'))?.[1] ?? 0)
    if (waiting < 5000) return
    await wait(1000)
  }
}
