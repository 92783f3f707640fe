/** AUTH (RFC 4954) with mechanisms that are none, octets that are not base64, out of order, and called off. */
import { type CaseRow, MAIL, probe } from './case.js'

const NEEDS = ['AUTH PLAIN']
const SECTION = 'RFC 4954 4'
const REFUSED = ['5xx']

function auth(name: string, what: string, octets: string, more: Partial<CaseRow> = {}): CaseRow {
  return {
    name,
    what,
    section: SECTION,
    needs: NEEDS,
    steps: [probe(octets)],
    right: REFUSED,
    wrongWord: 'let in',
    ...more,
  }
}

export const AUTH_CASES: readonly CaseRow[] = [
  auth('auth-no-mechanism', 'AUTH alone', 'AUTH\r\n', { needs: ['AUTH'] }),
  auth('auth-unknown-mechanism', 'a mechanism that nobody knows', 'AUTH X-XYZZY\r\n', {
    needs: ['AUTH'],
    right: ['504', '5xx'],
  }),
  auth('auth-garbage', 'an initial response that is not base64', 'AUTH PLAIN !!!!\r\n', { right: ['501', '5xx'] }),
  auth('auth-empty', 'an empty initial response', 'AUTH PLAIN =\r\n', { tolerant: ['454'] }),
  auth('auth-nul', 'NUL in an initial response', 'AUTH PLAIN \0\0\0\r\n', { tolerant: ['334 5xx'] }),
  auth(
    'auth-long',
    'an initial response of 16,384 octets (12,288 may be needed)',
    `AUTH PLAIN ${'A'.repeat(16_384)}\r\n`,
    {
      tolerant: ['454'],
      mayClose: true,
    },
  ),
  auth('auth-cancel', 'an exchange called off with *', '', {
    steps: [probe('AUTH PLAIN\r\n'), probe('*\r\n')],
    right: ['334 501'],
    tolerant: ['334 5xx', '5xx 5xx'],
  }),
  auth('auth-garbage-response', 'a response that is not base64', '', {
    steps: [probe('AUTH PLAIN\r\n'), probe('{from} !!!\r\n')],
    right: ['334 501', '334 5xx'],
    tolerant: ['5xx 5xx'],
  }),
  auth('auth-in-transaction', 'AUTH inside a transaction', '', {
    steps: [MAIL, probe('AUTH PLAIN AGEAYg==\r\n')],
    right: ['503', '5xx'],
  }),
]
