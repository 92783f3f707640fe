/**
 * The few calls of the C library that Node has no door to, through koffi: socket options before bind, SO_REUSEPORT on Node 20, the descriptor
 * limit. koffi is optional and loaded at the first call of `libc()`; where it is absent, or not on Linux, that is null
 * and the caller says in one sentence what it goes without.
 */
import { createRequire } from 'node:module'
import { endianness } from 'node:os'
import { getSystemErrorName } from 'node:util'

/** Levels and names of Linux on x64 and arm64 (asm-generic/socket.h, netinet/tcp.h, linux/in6.h). */
export const SocketOption = {
  reuseAddress: { level: 1, name: 2 },
  sendBuffer: { level: 1, name: 7 },
  receiveBuffer: { level: 1, name: 8 },
  reusePort: { level: 1, name: 15 },
  noDelay: { level: 6, name: 1 },
  v6Only: { level: 41, name: 26 },
} as const
export type SocketOption = (typeof SocketOption)[keyof typeof SocketOption]

export const AF_UNIX = 1
export const AF_INET = 2
export const AF_INET6 = 10

const SOCK_STREAM = 1
const SOCK_DGRAM = 2
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
const RLIMIT_NOFILE = 7
const MSG_NOSIGNAL = 0x4000
const ENOENT = 2
const ERANGE = 34
/** More than any entry of a user database takes. */
const PASSWD_MAX = 1 << 20

/** One sentence for what needs koffi and goes without. */
export const NO_LIBC = 'koffi is not installed (npm install koffi) or this is not Linux on x64 or arm64'

/** A call that failed: `code` is the name of its errno, `message` says which call. */
function failed(call: string, errno: number): NodeJS.ErrnoException {
  let code: string
  try {
    code = getSystemErrorName(-errno)
  } catch {
    code = `errno ${errno}`
  }
  const error: NodeJS.ErrnoException = new Error(`${call} ${code}`)
  error.code = code
  error.errno = -errno
  error.syscall = call
  return error
}

interface Koffi {
  load(path: string | null): { func(definition: string): (...args: unknown[]) => number }
  errno(): number
}

/** Every method throws an error with `code` and `syscall` when the call fails, unless it says otherwise. */
export class Libc {
  readonly #koffi: Koffi
  readonly #call: Record<string, (...args: unknown[]) => number>

  constructor(koffi: Koffi) {
    this.#koffi = koffi
    // The program itself: Node is linked to the C library, whichever it is.
    const library = koffi.load(null)
    this.#call = {
      socket: library.func('int socket(int domain, int type, int protocol)'),
      bind: library.func('int bind(int fd, const uint8_t *address, uint32_t length)'),
      listen: library.func('int listen(int fd, int backlog)'),
      getsockname: library.func('int getsockname(int fd, _Out_ uint8_t *address, _Inout_ uint32_t *length)'),
      setsockopt: library.func('int setsockopt(int fd, int level, int name, const int32_t *value, uint32_t length)'),
      getsockopt: library.func(
        'int getsockopt(int fd, int level, int name, _Out_ int32_t *value, _Inout_ uint32_t *length)',
      ),
      dup: library.func('int fcntl(int fd, int command, int lowest)'),
      close: library.func('int close(int fd)'),
      inet_pton: library.func('int inet_pton(int family, const char *text, _Out_ uint8_t *address)'),
      getrlimit: library.func('int getrlimit(int resource, _Out_ uint64_t *limit)'),
      setrlimit: library.func('int setrlimit(int resource, const uint64_t *limit)'),
      connect: library.func('int connect(int fd, const uint8_t *address, uint32_t length)'),
      send: library.func('int64_t send(int fd, const uint8_t *octets, uint64_t length, int flags)'),
      chroot: library.func('int chroot(const char *path)'),
      getpwnam_r: library.func(
        'int getpwnam_r(const char *name, _Out_ uint8_t *entry, _Out_ uint8_t *texts, uint64_t length, _Out_ uint64_t *found)',
      ),
    }
  }

  #do(name: string, ...args: unknown[]): number {
    const result = this.#call[name]!(...args)
    if (result < 0) throw failed(name, this.#koffi.errno())
    return result
  }

  /** A new non-blocking stream socket, closed on exec. */
  socket(family: typeof AF_INET | typeof AF_INET6 | typeof AF_UNIX): number {
    return this.#do('socket', family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  }

  /** Another descriptor for the same open socket, closed on exec. */
  dup(fd: number): number {
    const F_DUPFD_CLOEXEC = 1030
    return this.#do('dup', fd, F_DUPFD_CLOEXEC, 0)
  }

  close(fd: number): void {
    this.#do('close', fd)
  }

  /** Binds to an IPv4 or IPv6 literal; port 0 lets the kernel choose. */
  bind(fd: number, family: typeof AF_INET | typeof AF_INET6, address: string, port: number): void {
    const octets = new Uint8Array(16)
    if (this.#call.inet_pton!(family, address, octets) !== 1) throw failed('inet_pton', 22)
    const name = Buffer.alloc(family === AF_INET ? 16 : 28)
    name.writeUInt16LE(family, 0)
    name.writeUInt16BE(port, 2)
    // sockaddr_in has the address behind the port, sockaddr_in6 behind the flow label too.
    name.set(family === AF_INET ? octets.subarray(0, 4) : octets, family === AF_INET ? 4 : 8)
    this.#do('bind', fd, name, name.length)
  }

  bindPath(fd: number, path: string): void {
    const name = unixName(path)
    this.#do('bind', fd, name, name.length)
  }

  /** A new datagram socket for unix paths, closed on exec. Sending waits while the other side is behind. */
  datagramSocket(): number {
    return this.#do('socket', AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)
  }

  connectPath(fd: number, path: string): void {
    const name = unixName(path)
    this.#do('connect', fd, name, name.length)
  }

  /** Sends the octets as one datagram; without SIGPIPE. */
  send(fd: number, octets: Uint8Array): void {
    this.#do('send', fd, octets, octets.length, MSG_NOSIGNAL)
  }

  /** Changes the root directory of the whole process; the working directory stays where it is. */
  chroot(path: string): void {
    this.#do('chroot', path)
  }

  /** A user of the system's database, wherever that is; null: unknown. */
  user(name: string): User | null {
    // struct passwd on 64 bits: pointers to name and password, then the two ids.
    const entry = Buffer.alloc(64)
    const found = new BigUint64Array(1)
    for (let length = 4096; length <= PASSWD_MAX; length *= 4) {
      const error = this.#call.getpwnam_r!(name, entry, Buffer.alloc(length), length, found)
      if (error === ERANGE) continue
      if (error !== 0 && error !== ENOENT) throw failed('getpwnam_r', error)
      return found[0] === 0n ? null : { uid: entry.readUInt32LE(16), gid: entry.readUInt32LE(20) }
    }
    throw failed('getpwnam_r', ERANGE)
  }

  listen(fd: number, backlog: number): void {
    this.#do('listen', fd, backlog)
  }

  /** The port an IPv4 or IPv6 socket is bound to. */
  port(fd: number): number {
    const name = Buffer.alloc(28)
    this.#do('getsockname', fd, name, [name.length])
    return name.readUInt16BE(2)
  }

  setOption(fd: number, option: SocketOption, value: number): void {
    this.#do('setsockopt', fd, option.level, option.name, new Int32Array([value]), 4)
  }

  /** The kernel's own figure: it doubles buffer sizes, for instance. */
  getOption(fd: number, option: SocketOption): number {
    const value = new Int32Array(1)
    this.#do('getsockopt', fd, option.level, option.name, value, [4])
    return value[0]!
  }

  /** Open descriptors that the process may have: the limit in force, and how far it may be raised. */
  descriptorLimit(): { soft: number; hard: number } {
    const limit = new BigUint64Array(2)
    this.#do('getrlimit', RLIMIT_NOFILE, limit)
    return { soft: Number(limit[0]), hard: Number(limit[1]) }
  }

  setDescriptorLimit(soft: number, hard: number): void {
    this.#do('setrlimit', RLIMIT_NOFILE, BigUint64Array.of(BigInt(soft), BigInt(hard)))
  }
}

/** Ids of a user and of its first group. */
export interface User {
  readonly uid: number
  readonly gid: number
}

/** A sockaddr_un, its closing NUL included. */
function unixName(path: string): Buffer {
  return Buffer.concat([Buffer.from([AF_UNIX, 0]), Buffer.from(path), Buffer.alloc(1)])
}

let loaded: Libc | null | undefined

/** The C library; null where koffi is absent or the system is none that the constants here are true for. */
export function libc(): Libc | null {
  if (loaded === undefined) loaded = load()
  return loaded
}

function load(): Libc | null {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch) || endianness() !== 'LE') return null
  try {
    return new Libc(createRequire(import.meta.url)('koffi') as Koffi)
  } catch {
    return null
  }
}

/**
 * Raises the limit of open descriptors to at least `wanted`, beyond the hard limit where that is permitted. Returns what
 * is in force afterwards, which may be less; null when it can't even be read.
 */
export function raiseDescriptorLimit(wanted: number): { soft: number; hard: number } | null {
  const c = libc()
  if (c === null) return null
  const { soft, hard } = c.descriptorLimit()
  if (soft >= wanted) return { soft, hard }
  // The second is what an unprivileged process gets.
  for (const [newSoft, newHard] of [
    [wanted, Math.max(wanted, hard)],
    [Math.min(wanted, hard), hard],
  ] as const) {
    try {
      c.setDescriptorLimit(newSoft, newHard)
      break
    } catch {}
  }
  return c.descriptorLimit()
}
