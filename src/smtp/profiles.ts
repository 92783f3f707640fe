/**
 * Named manners of receivers, as policy documents. They are models, made to be told apart and to be reproducible: each puts together what receivers of
 * a kind are known to do, with figures chosen by us. None is a measurement of any operator, and none claims to be.
 */

import { UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import type { Policy } from '../plan/policy.js'
import { documentLayer, fileLayer, type PolicyLayer, readPolicy } from '../plan/policy-read.js'

export interface Profile {
  /** One sentence for help and manual. */
  readonly sentence: string
  readonly document: Readonly<Record<string, unknown>>
}

export const PROFILES = {
  'strict-enterprise': {
    sentence:
      'Lets the client wait for the banner, knows its mailboxes, takes 50 recipients and 20 messages a session.',
    document: {
      slowBanner: '500ms',
      reject: [
        'hello:550:0.5%:Name not accepted',
        'rcpt:550:3%:5.1.1 No such mailbox',
        'dot:554:1%:5.7.1 Content refused',
      ],
      delay: ['dot:lognormal:60ms:600ms'],
      limit: ['connection:20/s:40', 'client:50/s:100'],
      maxRecipients: 50,
      maxMessages: 20,
    },
  },
  greylister: {
    sentence: 'Puts off triplets it has not seen before for one minute, and remembers them for a day.',
    document: {
      greylist: '1m:1d',
      reject: ['rcpt:550:1%:5.1.1 No such mailbox'],
    },
  },
  'freemail-throttle': {
    sentence: 'Takes what a client sends up to a rate, then 421 and 451; now and then a mailbox is full.',
    document: {
      reject: ['rcpt:550:2%:5.1.1 No such mailbox', 'rcpt:452:0.5%:4.2.2 Mailbox full'],
      delay: ['dot:lognormal:40ms:800ms'],
      limit: ['connection:20/s:50', 'client:100/s:200', 'sender:50/s:100', 'domain:200/s:400'],
      maxRecipients: 100,
      maxMessages: 100,
      tarpit: ['client:2ms:20:500ms'],
    },
  },
  'slow-legacy': {
    sentence: 'An old machine: late banner, slow replies, some of them in pieces, ten messages a session.',
    document: {
      slowBanner: '1s..3s',
      delay: ['hello,mail,rcpt,data:50ms..150ms', 'dot:normal:800ms:200ms'],
      drip: '8:20ms:20%',
      slowRead: '20ms:50%',
      maxMessages: 10,
    },
  },
  overloaded: {
    sentence: 'Slower with each connection, turns some away with 421, 451 and 452, and takes its time over content.',
    document: {
      reject: ['connect:421:5%', 'mail:451:5%:4.3.2 System busy', 'dot:452:2%:4.3.1 No room'],
      delay: ['dot:exp:200ms'],
      tarpit: ['all:1ms:20:5s'],
    },
  },
  flaky: {
    sentence: 'Loses connections at every stage, cuts content off, and sometimes says what is no reply.',
    document: {
      reject: ['rcpt:451:1%', 'dot:451:1%'],
      disconnect: ['connect:1%', 'mail,rcpt,dot:0.5%'],
      reset: ['hello,data:0.5%'],
      cut: '0..64KiB:1%',
      wrong: ['data:250:0.2%', 'mail:354:0.2%'],
      malformed: ['mail:no-code:0.2%', 'rcpt:bare-lf:0.2%', 'rset:nul:0.5%', 'hello:half:0.2%', 'dot:overlong:0.2%'],
    },
  },
} as const satisfies Record<string, Profile>
export type ProfileName = keyof typeof PROFILES
export const PROFILE_NAMES = Object.keys(PROFILES) as ProfileName[]

/**
 * A profile as the weakest layer of a policy.
 * @throws UsageError when `name` is none; `path` is what gave it
 */
export function profileLayer(name: unknown, path: string): PolicyLayer {
  const known = PROFILE_NAMES.find((one) => one === name)
  if (known === undefined) {
    const meant = nearest(String(name), PROFILE_NAMES)
    throw new UsageError(
      `${path}: '${name}' is no profile; ${meant ? `did you mean ${meant}?` : `give one of ${PROFILE_NAMES.join(', ')}.`}`,
    )
  }
  return documentLayer(`profile ${known}`, PROFILES[known].document)
}

/**
 * The policy of one parsed document, its `profile` included: what an HTTP request or a caller of the library hands in.
 * @throws UsageError
 */
export function policyFrom(name: string, document: unknown, seed: string): Policy {
  return readPolicy(withProfile(fileLayer(name, document)), seed)
}

/** A file's layer, and below it that of the profile it names. */
export function withProfile(layer: PolicyLayer): PolicyLayer[] {
  const { profile } = layer.document
  return profile === undefined || profile === null ? [layer] : [profileLayer(profile, layer.path('profile')), layer]
}
