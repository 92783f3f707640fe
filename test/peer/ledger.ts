import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** The part of a ledger's lines that the suites look at; the sink says the rest in its reference. */
export interface LedgerLine {
  readonly messageId: string | null
  readonly sha256: string
  readonly octets: number
  readonly from: string
  readonly to: readonly string[]
}

/** All lines of a ledger whose sink has ended. */
export function readLedger(path: string): LedgerLine[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LedgerLine)
}

/** What the ledger has to say of a message's content: its length, and the hash of what follows the first empty line. */
export function contentFacts(content: Buffer): { octets: number; sha256: string } {
  const gap = content.indexOf('\r\n\r\n')
  const body = gap < 0 ? Buffer.alloc(0) : content.subarray(gap + 4)
  return { octets: content.length, sha256: createHash('sha256').update(body).digest('hex') }
}
