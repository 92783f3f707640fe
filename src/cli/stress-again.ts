/** The command line that repeats a stress run. */
import { formatShare, formatSize } from '../base/units.js'
import { shellQuote } from './again.js'
import type { StressOptions } from './stress-options.js'

/** Everything that is not a default, and the seed; the secret is left for the environment to give. */
export function stressAgain(options: StressOptions, baseline?: string): string {
  const words = ['stampede', 'stress', '--seed', options.seed]
  const value = (option: string, given: string | number, otherwise: string | number) => {
    if (given !== otherwise) words.push(option, String(given))
  }
  const flag = (option: string, given: boolean) => {
    if (given) words.push(option)
  }
  value('--host', options.host, 'localhost')
  value('-p', options.port, 2525)
  value('-d', options.duration, 300)
  value('-c', options.max_connections, 100)
  value('--min-connections', options.min_connections, Math.min(10, options.max_connections))
  value('--ramp-up', options.ramp_up, Math.min(30, options.duration))
  flag('--burst-mode', options.burst_mode)
  value('--burst-interval', options.burst_interval, 30)
  value('--burst-duration', options.burst_duration, 5)
  flag('--no-connection-reuse', !options.connection_reuse)
  value('--messages-per-connection', options.messages_per_connection, 10)
  value('--message-size', formatSize(options.message_size), '1KiB')
  flag('--pipelining', options.pipelining)
  flag('--use-tls', options.use_tls)
  flag('--insecure', options.insecure)
  if (options.username !== null) words.push('--username', options.username)
  value('--auth-failure-rate', formatShare(options.auth_failure_rate), '0')
  flag('--slow-client', options.slow_client)
  value('--slow-delay', options.slow_delay, 0.1)
  flag('--malformed', options.malformed)
  flag('--no-monitor', options.no_monitor)
  flag('--i-own-this-server', options.i_own_this_server)
  if (baseline !== undefined) words.push('--baseline', baseline)
  if (options.output !== null) words.push('-o', options.output)
  const line = words.map(shellQuote).join(' ')
  return options.password === null ? line : `STAMPEDE_PASSWORD='***' ${line}`
}
