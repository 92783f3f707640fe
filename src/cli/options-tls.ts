/** TLS of `stampede source`. */
import { group, type Option } from './option.js'

const VERSIONS = ['1.2', '1.3'] as const

export const TLS_OPTIONS: readonly Option[] = group(
  'TLS',
  ['source'],
  [
    {
      name: 'tls',
      kind: 'choice',
      choices: ['off', 'starttls', 'implicit'],
      default: 'off',
      sentence:
        'Ask for TLS by STARTTLS, or speak it from the first octet, as TARGET smtps://HOST (port 465) does too. A server that does not offer STARTTLS is an error, never plain text.',
    },
    {
      name: 'tls-share',
      kind: 'share',
      default: '1',
      sentence: 'Share of the connections that use STARTTLS; the others stay plain.',
    },
    {
      name: 'tls-resume',
      kind: 'share',
      sentence:
        'Share of the handshakes that resume a session of an earlier one. Default: all that can; what was reached is shown.',
    },
    { name: 'tls-min', kind: 'choice', choices: VERSIONS, sentence: 'Lowest version of TLS.' },
    { name: 'tls-max', kind: 'choice', choices: VERSIONS, sentence: 'Highest version of TLS.' },
    { name: 'ciphers', kind: 'text', value: 'LIST', sentence: "Cipher suites, as 'openssl ciphers' names them." },
    {
      name: 'tls-groups',
      kind: 'text',
      value: 'LIST',
      sentence:
        'Groups for the key exchange, the preferred one first, colons between. Default: X25519, then NIST curves.',
    },
    {
      name: 'ca',
      kind: 'file',
      sentence: 'Authorities to trust, certificates in PEM, in place of those that Node has.',
    },
    { name: 'cert', kind: 'file', sentence: 'Certificate to show to the server, in PEM, then those above it.' },
    { name: 'key', kind: 'file', sentence: 'Private key of --cert in PEM, without a passphrase.' },
    { name: 'insecure', kind: 'flag', sentence: "Do not look at the server's certificate." },
    {
      name: 'tls-name',
      kind: 'text',
      value: 'NAME',
      sentence: "Name to ask for and to find in the certificate. Default: TARGET's host.",
    },
  ],
)
