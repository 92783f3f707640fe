import { connect, createServer } from 'node:net'

/** A free port of 127.0.0.1, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Resolves when something accepts connections there; rejects with the last error after `timeoutMs`. */
export async function listening(where: { port: number } | { path: string }, timeoutMs = 30_000): Promise<void> {
  const end = Date.now() + timeoutMs
  for (;;) {
    const error = await new Promise<Error | null>((resolve) => {
      const socket = connect('port' in where ? { host: '127.0.0.1', port: where.port } : where)
      socket.once('connect', () => {
        socket.destroy()
        resolve(null)
      })
      socket.once('error', resolve)
    })
    if (error === null) return
    if (Date.now() > end) throw error
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
