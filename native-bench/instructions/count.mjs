// One case, counted once: up to the first message, a rest in which only what runs by the clock is counted, then up to the last message.
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import selfsigned from 'selfsigned'
import { PausingReceiver } from './receiver.mjs'
import { Sender } from './sender.mjs'

const REST_MS = 2000
const LISTEN_PATIENCE_MS = 300_000

async function pairOf() {
  const made = await selfsigned.generate([{ name: 'commonName', value: 'receiver.example' }], { keySize: 2048 })
  return { key: made.private, cert: made.cert }
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** What stands on the other side: brings the program to exactly so many messages, and lets it rest there. */
async function otherSide(entry) {
  if (entry.role === 'source') {
    const receiver = new PausingReceiver(entry.tls ? await pairOf() : null)
    const port = await receiver.listen()
    return {
      port,
      async reach(count) {
        const reached = receiver.pauseAt(count)
        receiver.resume()
        await reached
      },
      close: () => receiver.close(),
    }
  }
  const port = await freePort()
  const sender = new Sender(port, entry.mode, entry.tls === true)
  let sent = 0
  return {
    port,
    async reach(count) {
      if (sent === 0) await listening(port)
      await sender.send(count - sent)
      sent = count
    },
    close: () => sender.close(),
  }
}

async function listening(port) {
  for (const deadline = Date.now() + LISTEN_PATIENCE_MS; Date.now() < deadline; await sleep(200)) {
    const there = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1')
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (there) return
  }
  throw new Error(`nobody listens on port ${port}`)
}

/** Of the thread that does the work: of ours the worker, which is the busiest beside the main thread; of the others all threads. */
export function workOf(threads, ours) {
  const none = { all: 0, allocator: 0 }
  if (ours) return [...threads].reduce((best, [thread, one]) => (thread !== 1 && one.all > best.all ? one : best), none)
  return [...threads.values()].reduce(
    (sum, { all, allocator }) => ({ all: sum.all + all, allocator: sum.allocator + allocator }),
    none,
  )
}

/** User instructions per message, and beside them those of the allocator. `counter`: Callgrind or PerfCounter. `scale` shortens, for a look only. */
export async function count(entry, Counter, { dist, scale = 1 } = {}) {
  const from = Math.max(20, Math.round(entry.from * scale))
  const to = Math.max(from + 20, Math.round(entry.to * scale))
  const side = await otherSide(entry)
  const program = new Counter(entry.argv(side.port, { dist }))
  try {
    const early = program.closed.then(() => {
      throw new Error(`it ended too early: ${program.stderr.trim().split('\n').slice(-3).join(' ')}`)
    })
    early.catch(() => {})
    await Promise.race([side.reach(from), early])
    await program.look()
    const restedAt = Date.now()
    await sleep(REST_MS)
    const resting = workOf(await program.look(), entry.ours)
    const restMs = Date.now() - restedAt
    const wentOnAt = Date.now()
    await Promise.race([side.reach(to), early])
    const work = workOf(await program.look(), entry.ours)
    // Timers go by the clock and not by messages: what they take while nothing is sent is taken off.
    const byClock = ((resting.all - resting.allocator) / restMs) * (Date.now() - wentOnAt)
    const messages = to - from
    return {
      perMessage: (work.all - work.allocator - byClock) / messages,
      allocator: work.allocator / messages,
      byClock: byClock / work.all,
    }
  } finally {
    await program.end()
    side.close()
  }
}
