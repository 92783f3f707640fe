/**
 * Accepted connections that read into one buffer shared by the whole thread. Node gives this to clients (`onread` of
 * net.connect) and not to servers, where every read would make a Buffer and a 'data' event: 19 µs of CPU a message
 * against 15 in a receiver. `acceptInto` takes the accepted handle before Node wraps it and wraps it itself, with `onread`.
 * The handle's `onconnection` is no public door, so `canWrapHandles()` tries it out once, and 'data' events are the way back.
 */
import { once } from 'node:events'
import net from 'node:net'

/**
 * What a read calls: the octets are in `buffer[0..length)` and must be used up before it returns. `this` is the socket. False stops
 * reading until `socket.resume()`.
 */
export type OnRead = (this: net.Socket, length: number, buffer: Buffer) => boolean

interface ServerHandle {
  onconnection: ((this: ServerHandle, status: number, client: unknown) => void) | undefined
}

/** How long the trial at start may take before the other way is taken. */
const TRIAL_MS = 2000

let trial: Promise<boolean> | undefined

/** Whether accepted handles can be wrapped on this Node: found out once a thread by a connection to itself. */
export function canWrapHandles(): Promise<boolean> {
  trial ??= tryWrapping()
  return trial
}

/**
 * Hands the connections of a listening `server` to `onSocket`, each reading into `buffer` through `onRead`. With `wrap` (the
 * answer of `canWrapHandles`) `server` does not know them: its close() does not wait for them, and maxConnections does not count them.
 */
export function acceptInto(
  server: net.Server,
  buffer: Buffer,
  onRead: OnRead,
  onSocket: (socket: net.Socket) => void,
  wrap: boolean,
): void {
  if (wrap) wrapAccepted(server, buffer, onRead, onSocket)
  else copyAccepted(server, buffer, onRead, onSocket)
}

function wrapAccepted(
  server: net.Server,
  buffer: Buffer,
  onRead: OnRead,
  onSocket: (socket: net.Socket) => void,
): void {
  const handle = (server as unknown as { _handle: ServerHandle })._handle
  const ordinary = handle.onconnection
  // The type asks for `callback(length, buffer): boolean`; that it is called as a method of the socket is what spares a closure each.
  const onread = { buffer, callback: onRead as (length: number, buffer: Uint8Array) => boolean }
  handle.onconnection = function onconnection(status, client) {
    if (status !== 0 || !client) ordinary?.call(this, status, client)
    else onSocket(new net.Socket({ handle: client, onread } as net.SocketConstructorOpts))
  }
}

function copyAccepted(
  server: net.Server,
  buffer: Buffer,
  onRead: OnRead,
  onSocket: (socket: net.Socket) => void,
): void {
  function onData(this: net.Socket, chunk: Buffer): void {
    let more = true
    for (let at = 0; at < chunk.length; at += buffer.length) {
      more = onRead.call(this, chunk.copy(buffer, 0, at), buffer)
    }
    if (!more) this.pause()
  }
  server.on('connection', (socket) => {
    onSocket(socket)
    socket.on('data', onData)
  })
}

async function tryWrapping(): Promise<boolean> {
  const buffer = Buffer.alloc(16)
  const server = net.createServer()
  let accepted: net.Socket | undefined
  let client: net.Socket | undefined
  let timer: NodeJS.Timeout | undefined
  try {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const seen = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, TRIAL_MS, false)
      function onRead(this: net.Socket, length: number, read: Buffer): boolean {
        resolve(this === accepted && read === buffer && length === 1 && buffer[0] === 42)
        return true
      }
      const onSocket = (socket: net.Socket): void => {
        accepted = socket
        socket.on('error', () => resolve(false))
      }
      wrapAccepted(server, buffer, onRead, onSocket)
      server.on('connection', () => resolve(false))
      client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1')
      client.on('error', () => resolve(false))
      client.write(Buffer.of(42))
    })
    return await seen
  } catch {
    return false
  } finally {
    clearTimeout(timer)
    accepted?.destroy()
    client?.destroy()
    server.close()
  }
}
