import assert from 'node:assert/strict'
import type { Socket } from 'node:net'

const PATIENCE_MS = 20_000

/** A client that says exactly what it is told, and takes nothing from the server for granted. Octets are latin1. */
export class SinkClient {
  readonly #socket: Socket
  #text = ''
  #over: 'end' | 'reset' | null = null
  #changed: () => void = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
    const over = (how: 'end' | 'reset') => {
      this.#over ??= how
      this.#changed()
    }
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1')
      this.#changed()
    })
    socket.on('end', () => over('end'))
    socket.on('error', () => over('reset'))
    socket.on('close', () => over('end'))
  }

  /** One write. */
  send(octets: string): void {
    this.#socket.write(Buffer.from(octets, 'latin1'))
  }

  /** FIN; what the server says is still read. */
  half(): void {
    this.#socket.end()
  }

  /** Goes, whatever is under way. */
  leave(): void {
    this.#socket.destroy()
  }

  /** The next octets are these: lines without their CR LF. */
  async hears(...lines: string[]): Promise<void> {
    await this.hearsExactly(lines.map((line) => `${line}\r\n`).join(''))
  }

  /** The next octets are these. */
  async hearsExactly(expected: string): Promise<void> {
    await this.#until(() => this.#text.length >= expected.length || this.#over !== null)
    assert.equal(this.#text.slice(0, expected.length), expected)
    this.#text = this.#text.slice(expected.length)
  }

  /** Says a line, and hears these. */
  async says(line: string, ...replies: string[]): Promise<void> {
    this.send(`${line}\r\n`)
    await this.hears(...replies)
  }

  /** The next line, without its CR LF. */
  async line(): Promise<string> {
    await this.#until(() => this.#text.includes('\r\n') || this.#over !== null)
    const end = this.#text.indexOf('\r\n')
    assert.ok(end >= 0, 'a whole line')
    const line = this.#text.slice(0, end)
    this.#text = this.#text.slice(end + 2)
    return line
  }

  /** Whatever comes up to these octets. */
  async through(octets: string): Promise<void> {
    await this.#until(() => this.#text.includes(octets) || this.#over !== null)
    const at = this.#text.indexOf(octets)
    assert.ok(at >= 0, this.#text)
    this.#text = this.#text.slice(at + octets.length)
  }

  /** Nothing more comes, and the server has closed. */
  async sentAway(): Promise<void> {
    await this.#until(() => this.#over !== null)
    assert.equal(this.#text, '')
  }

  /** Nothing comes for so long, and the connection stays. */
  async silence(ms = 300): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms))
    assert.deepEqual([this.#text, this.#over], ['', null])
  }

  async #until(done: () => boolean): Promise<void> {
    const since = performance.now()
    while (!done()) {
      const left = PATIENCE_MS - (performance.now() - since)
      assert.ok(left > 0, `nothing came after ${JSON.stringify(this.#text)}`)
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#changed = resolve
        timer = setTimeout(resolve, left)
      })
      clearTimeout(timer)
    }
  }
}
