import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Postfix } from './postfix.js'

/** How a relay speaks to the next server. */
export interface NextHop {
  readonly protocol: 'smtp' | 'lmtp'
  readonly port: number
  /** Postfix's security level; `none` unless given. */
  readonly tls?: 'none' | 'may' | 'encrypt'
  /** Connections serve for more than one message; true unless given. */
  readonly reuse?: boolean
}

/** The folders of a queue in which undelivered mail lies. */
const FOLDERS = ['maildrop', 'incoming', 'active', 'deferred', 'hold', 'corrupt']

/** Memory, where there is some to be had by name: a queue file then costs no disk. */
const MEMORY = '/dev/shm'

/** A private Postfix that hands everything on to one server on 127.0.0.1. */
export async function startRelay(next: NextHop): Promise<Postfix> {
  const { protocol, port, tls = 'none', reuse = true } = next
  const hop = protocol === 'lmtp' ? `lmtp:inet:127.0.0.1:${port}` : `smtp:[127.0.0.1]:${port}`
  return Postfix.start({
    ...(existsSync(MEMORY) ? { under: MEMORY } : {}),
    main: {
      default_transport: hop,
      relay_transport: hop,
      // As many at once from the first message on as it would come to later, and not one at a time after a failure.
      initial_destination_concurrency: '20',
      default_destination_concurrency_limit: '20',
      // Postfix keeps connections to a server that it has much for; with TLS it does so through tlsproxy.
      [`${protocol}_connection_cache_on_demand`]: reuse ? 'yes' : 'no',
      [`${protocol}_tls_connection_reuse`]: reuse ? 'yes' : 'no',
      [`${protocol}_tls_security_level`]: tls,
      [`${protocol}_tls_loglevel`]: '1',
      // Without one every handshake is a full one.
      [`${protocol}_tls_session_cache_database`]: 'btree:$data_directory/sessions',
      // A message that the sink refuses is to be seen in the counts of this run, not tried again in an hour.
      minimal_backoff_time: '2s',
      maximal_backoff_time: '2s',
      queue_run_delay: '2s',
    },
  })
}

/** Files of mail that has not left the queue. */
export function inQueue(postfix: Postfix): string[] {
  const queue = join(postfix.directory, 'queue')
  return FOLDERS.filter((folder) => existsSync(join(queue, folder))).flatMap((folder) =>
    readdirSync(join(queue, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${folder}/${entry.name}`),
  )
}
