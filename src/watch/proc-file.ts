/** Reading /proc: what is gone is null, what may not be read is told apart. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Somebody else's, and we are not root. */
export const DENIED = Symbol('denied')

/** A file as text; '' when it is not there or may not be read. */
export function textOf(path: string): string {
  const text = textOrDenied(path)
  return text === DENIED ? '' : text
}

export function textOrDenied(path: string): string | typeof DENIED {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    return isDenial(error) ? DENIED : ''
  }
}

export function octetsOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}

/** Names in a folder; null: there is none. */
export function namesIn(path: string): string[] | null | typeof DENIED {
  try {
    return readdirSync(path)
  } catch (error) {
    return isDenial(error) ? DENIED : null
  }
}

/** Where a link leads; '' when it is gone. */
export function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function isDenial(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'EACCES' || code === 'EPERM'
}
