import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Runs in a process of its own, because a Node server cannot help accepting: listens, says where, and never gets to accept. */
const CODE = `const fs = require('fs')
const server = require('net').createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
  fs.writeSync(1, server.address().port + '\\n')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60000)
})`

/** A port of 127.0.0.1 whose queue of connections is full: handshakes get no answer. */
export class Unanswering implements AsyncDisposable {
  readonly port: number
  readonly #release: () => Promise<void>

  private constructor(port: number, release: () => Promise<void>) {
    this.port = port
    this.#release = release
  }

  static async start(): Promise<Unanswering> {
    const child = spawn(process.execPath, ['-e', CODE], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const port = Number.parseInt(line.toString(), 10)
    // A backlog of 1 holds two (the kernel's queue is full when it has more than its limit).
    const fillers: Socket[] = []
    for (let i = 0; i < 2; i++) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      fillers.push(socket)
      await once(socket, 'connect')
    }
    return new Unanswering(port, async () => {
      for (const socket of fillers) socket.destroy()
      const closed = once(child, 'close')
      child.kill('SIGKILL')
      await closed
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#release()
  }
}
