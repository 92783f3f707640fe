/**
 * An SMTP server of several processes: one that listens, and workers that it starts. Run as a program, it does what it is told by
 * messages: `fork`, `end` (the last worker), `open N` (files), `burn MS` (CPU). It takes mail just well enough for a load.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'

/** What it is told, and says when that is done. */
export type Told = 'fork' | 'end' | `open ${number}` | 'close' | `burn ${number}` | 'leave'

/** What a worker does: some tens of milliseconds of CPU, a word, and nothing. */
const WORK = 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo ready; read line'

if (process.argv[2] === 'serve') serve(Number(process.argv[3]))

function serve(port: number): void {
  const workers: ChildProcess[] = []
  const files: number[] = []
  let leave = false
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    converse(socket, () => leave)
  })
  server.listen(port, '127.0.0.1', () => {
    const address = server.address() as { port: number }
    process.send!({ port: address.port, pid: process.pid })
  })
  const done = (pid?: number) => process.send!({ done: true, pid: pid ?? null })
  process.on('message', (text: Told) => {
    const [word, number = '0'] = text.split(' ') as [string, string?]
    switch (word) {
      case 'fork': {
        // A shell: it costs less to start than another of us.
        const worker = spawn('/bin/sh', ['-c', WORK], { stdio: ['pipe', 'pipe', 'ignore'] })
        workers.push(worker)
        worker.stdout.once('data', () => done(worker.pid))
        return
      }
      case 'end': {
        const worker = workers.pop()!
        worker.once('exit', () => done())
        worker.kill('SIGKILL')
        return
      }
      case 'open':
        for (let i = 0; i < Number(number); i++) files.push(openSync('/etc/passwd', 'r'))
        return done()
      case 'close':
        for (const file of files.splice(0)) closeSync(file)
        return done()
      case 'burn':
        burn(Number(number))
        return done()
      case 'leave':
        leave = true
        return done()
    }
  })
  process.on('disconnect', () => process.exit())
}

function burn(ms: number): void {
  for (const before = process.cpuUsage(); process.cpuUsage(before).user < ms * 1000; );
}

/** With `leave` the socket is never closed from this side, whatever the client does. */
function converse(socket: Socket, leave: () => boolean): void {
  let text = ''
  let inContent = false
  socket.on('error', () => {})
  socket.on('end', () => leave() || socket.end())
  socket.on('data', (octets) => {
    text += octets.toString('latin1')
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const line = text.slice(0, end).trimEnd()
      text = text.slice(end + 1)
      if (inContent && line !== '.') continue
      if (inContent) inContent = false
      else if (/^DATA$/i.test(line)) {
        inContent = true
        socket.write('354 go on\r\n')
        continue
      }
      socket.write(/^QUIT$/i.test(line) ? '221 bye\r\n' : '250 ok\r\n')
      if (/^QUIT$/i.test(line)) socket.end()
    }
  })
  socket.write('220 forking\r\n')
}

/** One that runs. */
export class ForkingServer implements AsyncDisposable {
  readonly port: number
  readonly pid: number
  readonly #process: ChildProcess

  private constructor(child: ChildProcess, { port, pid }: { port: number; pid: number }) {
    this.#process = child
    this.port = port
    this.pid = pid
  }

  /** Port 0 is any. */
  static async start(port = 0): Promise<ForkingServer> {
    const child = fork(fileURLToPath(import.meta.url), ['serve', String(port)])
    const hello = await new Promise<{ port: number; pid: number }>((resolve, reject) => {
      child.once('message', (message) => resolve(message as { port: number; pid: number }))
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
    })
    return new ForkingServer(child, hello)
  }

  /** Resolves when it is done; the number of a process that was made. */
  async tell(what: Told): Promise<number> {
    const answer = new Promise<{ pid: number | null }>((resolve) =>
      this.#process.once('message', (message) => resolve(message as { pid: number | null })),
    )
    this.#process.send(what)
    return (await answer).pid ?? 0
  }

  /** As nobody can prevent it; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const gone = new Promise((resolve) => this.#process.once('exit', resolve))
    process.kill(this.pid, 'SIGKILL')
    await gone
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
