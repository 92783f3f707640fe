/** The options of `stampede stress` with their defaults filled in. */
import { UsageError } from '../base/errors.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'

/** What a stress run is asked for. Names and units are those of the `config` in its JSON: seconds and octets. */
export interface StressOptions {
  readonly host: string
  readonly port: number
  readonly use_tls: boolean
  readonly insecure: boolean
  readonly username: string | null
  readonly password: string | null
  readonly auth_failure_rate: number
  readonly i_own_this_server: boolean
  readonly duration: number
  readonly max_connections: number
  readonly min_connections: number
  readonly ramp_up: number
  readonly burst_mode: boolean
  readonly burst_interval: number
  readonly burst_duration: number
  readonly connection_reuse: boolean
  readonly messages_per_connection: number
  readonly seed: string
  readonly message_size: number
  readonly pipelining: boolean
  readonly slow_client: boolean
  readonly slow_delay: number
  readonly malformed: boolean
  readonly no_monitor: boolean
  readonly output: string | null
}

/** Options that say how something is done, and the flag without which it is not. */
const NEEDS = [
  ['insecure', 'use-tls'],
  ['burst-interval', 'burst-mode'],
  ['burst-duration', 'burst-mode'],
  ['slow-delay', 'slow-client'],
] as const

/** Reads them. Throws UsageError for values that contradict each other. */
export function stressOptions(given: Given, machine: Pick<Machine, 'newSeed'>): StressOptions {
  const flag = (name: string) => given.flag(name) ?? false
  const seconds = (name: string, otherwise: number) => (given.duration(name) ?? otherwise * 1000) / 1000
  const most = given.count('max-connections') ?? 100
  const duration = seconds('duration', 300)
  const options: StressOptions = {
    host: given.text('host') ?? 'localhost',
    port: port(given),
    use_tls: flag('use-tls'),
    insecure: flag('insecure'),
    username: given.text('username'),
    password: given.text('password'),
    auth_failure_rate: given.share('auth-failure-rate') ?? 0,
    i_own_this_server: flag('i-own-this-server'),
    duration,
    max_connections: most,
    min_connections: given.count('min-connections') ?? Math.min(10, most),
    ramp_up: seconds('ramp-up', Math.min(30, duration)),
    burst_mode: flag('burst-mode'),
    burst_interval: seconds('burst-interval', 30),
    burst_duration: seconds('burst-duration', 5),
    connection_reuse: given.flag('connection-reuse') ?? true,
    messages_per_connection: given.count('messages-per-connection') ?? 10,
    seed: given.text('seed')?.toLowerCase() ?? machine.newSeed(),
    message_size: given.size('message-size', 0x7fff_ffff) ?? 1024,
    pipelining: flag('pipelining'),
    slow_client: flag('slow-client'),
    slow_delay: seconds('slow-delay', 0.1),
    malformed: flag('malformed'),
    no_monitor: flag('no-monitor'),
    output: given.text('output'),
  }
  const [operand] = given.operands
  if (operand !== undefined)
    throw new UsageError(`'${operand}' is one operand too many; give the server with --host and --port.`)
  checkNeeds(given)
  checkOptions(options, given)
  return options
}

function port(given: Given): number {
  const number = given.count('port') ?? 2525
  if (number > 65_535) throw new UsageError(`${given.label('port')}: ${number} is no port; give 1 to 65535.`)
  return number
}

function checkNeeds(given: Given): void {
  for (const [name, flag] of NEEDS) {
    // A flag of the environment that says no asks for nothing.
    const asked = given.has(name) && (name !== 'insecure' || given.flag(name) === true)
    if (asked && given.flag(flag) !== true)
      throw new UsageError(`${given.label(name)} needs --${flag}; give both or neither.`)
  }
}

function checkOptions(options: StressOptions, given: Given): void {
  const refuse = (wrong: boolean, name: string, sentence: string) => {
    if (wrong) throw new UsageError(`${given.label(name)} ${sentence}`)
  }
  refuse(
    options.min_connections > options.max_connections,
    'min-connections',
    `is above ${given.label('max-connections')} (${options.max_connections}); give at most as many.`,
  )
  refuse(
    options.ramp_up > options.duration,
    'ramp-up',
    `is longer than ${given.label('duration')} (${options.duration} s); give a time within the run.`,
  )
  refuse(
    options.burst_mode && options.burst_duration >= options.burst_interval,
    'burst-duration',
    `must be shorter than ${given.label('burst-interval')} (${options.burst_interval} s); there would be no time between bursts.`,
  )
  refuse(
    !options.connection_reuse && given.has('messages-per-connection') && options.messages_per_connection > 1,
    'messages-per-connection',
    `and ${given.label('connection-reuse')} exclude each other; give one of them.`,
  )
  refuse(options.username === null && options.password !== null, 'password', 'needs --username; give both or neither.')
  refuse(options.username !== null && options.password === null, 'username', 'needs --password; give both or neither.')
  refuse(
    options.auth_failure_rate > 0 && options.username === null,
    'auth-failure-rate',
    'needs --username and --password; there is nothing to get wrong.',
  )
}
