import { getSystemErrorName } from 'node:util'
import { ErrorKind } from '../measure/series.js'

const KINDS: ReadonlyMap<string, ErrorKind> = new Map([
  ['ECONNREFUSED', ErrorKind.refused],
  ['ENOENT', ErrorKind.refused],
  ['ECONNRESET', ErrorKind.reset],
  ['EPIPE', ErrorKind.reset],
  ['ECONNABORTED', ErrorKind.reset],
  ['EHOSTUNREACH', ErrorKind.unreachable],
  ['ENETUNREACH', ErrorKind.unreachable],
  ['EHOSTDOWN', ErrorKind.unreachable],
  ['ENETDOWN', ErrorKind.unreachable],
  ['EACCES', ErrorKind.unreachable],
  ['EINVAL', ErrorKind.unreachable],
  ['ETIMEDOUT', ErrorKind.connectTimeout],
  ['EMFILE', ErrorKind.descriptors],
  ['ENFILE', ErrorKind.descriptors],
  ['EADDRNOTAVAIL', ErrorKind.ports],
  ['EADDRINUSE', ErrorKind.ports],
])

/** The kind of failure that a socket's error stands for. */
export function failureOf(error: NodeJS.ErrnoException): ErrorKind {
  return KINDS.get(error.code ?? '') ?? ErrorKind.other
}

/** The error that a write's negative status stands for. */
export function writeError(status: number): NodeJS.ErrnoException {
  let code: string
  try {
    code = getSystemErrorName(status)
  } catch {
    code = `error ${status}`
  }
  const error: NodeJS.ErrnoException = new Error(`write ${code}`)
  error.code = code
  error.errno = status
  error.syscall = 'write'
  return error
}
