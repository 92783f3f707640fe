/** BDAT (RFC 3030) with sizes that are none, out of order, and mixed with DATA. */
import { type CaseRow, type CaseStep, MAIL, probe, RCPT } from './case.js'

const NEEDS = ['CHUNKING']
const SECTION = 'RFC 3030 2'

/** A first chunk of six octets, answered 2xx. */
const CHUNK: CaseStep = { kind: 'set-up', octets: 'BDAT 6\r\nchunk\n', want: '2' }

function bdat(name: string, what: string, octets: string, more: Partial<CaseRow> = {}): CaseRow {
  return {
    name,
    what,
    section: SECTION,
    needs: NEEDS,
    steps: [MAIL, RCPT, probe(octets)],
    right: ['501', '5xx'],
    mayClose: true,
    ...more,
  }
}

export const CHUNK_CASES: readonly CaseRow[] = [
  bdat('bdat-no-size', 'BDAT without a size', 'BDAT\r\n'),
  bdat('bdat-text', 'BDAT with a word for its size', 'BDAT ten LAST\r\n'),
  bdat('bdat-negative', 'BDAT with a size below zero', 'BDAT -1 LAST\r\n'),
  bdat('bdat-fraction', 'BDAT with a size that is not whole', 'BDAT 1.5 LAST\r\n'),
  bdat('bdat-hex', 'BDAT with a size in hexadecimal', 'BDAT 0x6 LAST\r\n'),
  bdat('bdat-overflow', 'BDAT with a size of thirty digits', `BDAT ${'9'.repeat(30)} LAST\r\n`, {
    right: ['5xx', '452'],
    goesOn: false,
  }),
  bdat('bdat-bad-last', 'BDAT with another word than LAST', 'BDAT 6 FIRST\r\nNOOP\r\n', {
    // How many octets follow is said, that they are a chunk is not: both readings are allowed.
    right: ['5xx', '5xx 250'],
  }),
  bdat('bdat-two-sizes', 'BDAT with two sizes', 'BDAT 6 6 LAST\r\nNOOP\r\n', { right: ['5xx', '5xx 250'] }),
  bdat('bdat-empty', 'an empty chunk that is not the last', 'BDAT 0\r\n', { right: ['2xx'], tolerant: ['5xx'] }),
  bdat('bdat-zeros', 'a size with zeros in front', 'BDAT 000000000006 LAST\r\nchunk\n', {
    right: ['2xx'],
    tolerant: ['5xx'],
  }),
  bdat('bdat-before-mail', 'BDAT without MAIL; its octets are no command', 'BDAT 6 LAST\r\nNOOP\r\n', {
    steps: [probe('BDAT 6 LAST\r\nNOOP\r\n')],
    right: ['503', '5xx'],
    wrongWord: 'chunk taken for a command',
  }),
  bdat('bdat-before-rcpt', 'BDAT without RCPT; its octets are no command', 'BDAT 6 LAST\r\nNOOP\r\n', {
    steps: [MAIL, probe('BDAT 6 LAST\r\nNOOP\r\n')],
    right: ['503|554', '5xx'],
    wrongWord: 'chunk taken for a command',
  }),
  bdat('bdat-after-last', 'BDAT behind BDAT LAST', '', {
    steps: [
      MAIL,
      RCPT,
      { kind: 'set-up', octets: 'BDAT 6 LAST\r\nchunk\n', want: '2' },
      probe('BDAT 6 LAST\r\nNOOP\r\n'),
    ],
    right: ['503', '5xx'],
    wrongWord: 'chunk taken for a command',
  }),
  bdat('data-after-bdat', 'DATA in a transaction of BDAT', '', {
    steps: [MAIL, RCPT, CHUNK, probe('DATA\r\n')],
    right: ['503', '5xx'],
  }),
  bdat('mail-after-bdat', 'MAIL between two chunks', '', {
    steps: [MAIL, RCPT, CHUNK, probe('MAIL FROM:<{from}>\r\n')],
    right: ['503', '5xx'],
  }),
  bdat('data-binarymime', 'DATA for what MAIL said is BINARYMIME', '', {
    section: 'RFC 3030 3',
    needs: ['CHUNKING', 'BINARYMIME'],
    steps: [{ kind: 'set-up', octets: 'MAIL FROM:<{from}> BODY=BINARYMIME\r\n', want: '2' }, RCPT, probe('DATA\r\n')],
    right: ['503', '5xx'],
  }),
]
