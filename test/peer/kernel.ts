import { readFileSync } from 'node:fs'

/** A client's TCP socket over IPv4, as the kernel lists it. */
export interface KernelSocket {
  /** As in <net/tcp_states.h>: 1 established, 2 SYN sent. */
  readonly state: number
  /** Octets written and not yet acknowledged. */
  readonly unsent: number
}

/** Client sockets of this machine that go to a port of 127.0.0.1 (Linux only). */
export function clientsOf(port: number): KernelSocket[] {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[2] === remote)
    .map((fields) => ({
      state: Number.parseInt(fields[3]!, 16),
      unsent: Number.parseInt(fields[4]!.split(':')[0]!, 16),
    }))
}

/** Asks again every few milliseconds until the answer is yes; rejects after ten seconds. */
export async function eventually(what: string, ready: () => boolean): Promise<void> {
  const end = Date.now() + 10_000
  while (!ready()) {
    if (Date.now() > end) throw new Error(`never happened: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
