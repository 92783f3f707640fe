/** What the facts of a machine mean for a load, and what to do about it. Pure: facts in, findings out. */

import type { Finding, Level } from '../report/doctor.js'
import { bytes, count, number } from '../report/format.js'
import type { MachineFacts } from '../watch/machine.js'

/** What of the program itself matters. */
export interface ProgramFacts {
  /** `v22.1.0`. */
  readonly node: string
  readonly arch: string
  /** The binary of uWebSockets.js that was loaded; null: none. */
  readonly uws: string | null
  readonly koffi: boolean
}

/** Fewer descriptors than this are met by loads that people really make. */
const DESCRIPTORS = 10_000
/** Seconds for which a closed connection keeps its local port (TCP_TIMEWAIT_LEN of Linux). */
const TIME_WAIT_S = 60
const PORTS = 20_000
const SOMAXCONN = 1024
const SYN_BACKLOG = 1024
const MEMORY = 512 * 1024 * 1024
/** Clocks that are read without asking the kernel (its vDSO knows them). */
const QUICK_CLOCKS = ['tsc', 'kvm-clock', 'hyperv_clocksource_tsc_page', 'arch_sys_counter']
/** Of `engines` in package.json. */
const NODE_LEAST = [20, 12] as const

export function machineFindings(facts: MachineFacts): Finding[] {
  return [...machine(facts), ...network(facts)]
}

type Rest = { readonly meaning?: string; readonly fix?: string }

function finder(group: Finding['group']) {
  return (name: string, level: Level, value: string, { meaning, fix }: Rest = {}): Finding => ({
    group,
    name,
    level,
    value,
    meaning: meaning ?? null,
    fix: fix ?? null,
  })
}

function machine(facts: MachineFacts): Finding[] {
  const find = finder('machine')
  const { cores, quota, load, clock, clocks, governor, memory, memoryMost, openFiles } = facts
  const findings: Finding[] = []
  findings.push(
    cores < 2
      ? find('cores', 'warn', '1', { meaning: 'Source and server, or source and main thread, take turns on one core.' })
      : find('cores', 'ok', String(cores)),
  )
  if (quota !== null && quota < cores)
    findings.push(
      find('cpu quota', 'warn', `${number(quota)} of ${cores} cores`, {
        meaning:
          'A cgroup stops us for the rest of each period when its quota is used up; that shows as latency of the server.',
        fix: 'start the container with more, as docker run --cpus N, or set --workers below the quota',
      }),
    )
  else findings.push(find('cpu quota', 'ok', quota === null ? 'none known' : 'none'))
  const busy = load / cores
  if (busy > 0.5)
    findings.push(
      find('load now', busy > 1 ? 'warn' : 'note', `${number(load)} runnable on ${cores} cores`, {
        meaning: 'Something else is at work here; figures will be of what it leaves.',
        fix: 'top -o %CPU',
      }),
    )
  if (governor !== null && governor !== 'performance' && governor !== 'schedutil')
    findings.push(
      find('cpu governor', 'note', governor, {
        meaning: 'The clock speed follows the load with a delay: the first seconds and low rates are slower.',
        fix: 'cpupower frequency-set -g performance',
      }),
    )
  else findings.push(find('cpu governor', 'ok', governor ?? 'not adjustable here'))
  if (clock !== null && !QUICK_CLOCKS.includes(clock))
    findings.push(
      find('clock source', 'warn', clock, {
        meaning:
          'Each reading of the clock is a system call and a slow register; every message reads it several times.',
        ...(clocks.includes('tsc') && {
          fix: 'echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource',
        }),
      }),
    )
  else if (clock !== null) findings.push(find('clock source', 'ok', clock))
  const most = Math.min(memory, memoryMost ?? Number.POSITIVE_INFINITY)
  findings.push(
    most < MEMORY
      ? find('memory', 'warn', bytes(most), {
          meaning: 'Every worker needs some 60 MB before it has a connection.',
          fix: 'fewer --workers, or a larger limit (docker run --memory)',
        })
      : find('memory', 'ok', most < memory ? `${bytes(most)} (limit of a cgroup)` : bytes(most)),
  )
  if (openFiles !== null) findings.push(descriptors(openFiles, find))
  return findings
}

function descriptors(
  { soft, hard }: { readonly soft: number; readonly hard: number },
  find: ReturnType<typeof finder>,
) {
  const words = (limit: number) => (limit === Number.POSITIVE_INFINITY ? 'unlimited' : count(limit))
  const value = soft === hard ? words(soft) : `${words(soft)}, up to ${words(hard)}`
  if (hard >= DESCRIPTORS) return find('open files', 'ok', value)
  return find('open files', hard < 256 ? 'fail' : 'warn', value, {
    meaning: `Each session is one: at most some ${count(Math.max(0, hard - 200))} sessions here.`,
    fix: 'ulimit -Hn 1048576 as root before the start; LimitNOFILE=1048576 in a systemd unit; docker run --ulimit nofile=1048576',
  })
}

function network(facts: MachineFacts): Finding[] {
  const find = finder('network')
  const { ports, sockets, reuse, somaxconn, synBacklog, listenOverflows, listenDrops, timeWaitMost } = facts
  const findings: Finding[] = []
  const range = ports === null ? null : Math.max(0, ports[1] - ports[0] + 1)
  if (range !== null && ports !== null) {
    const each = Math.floor(range / TIME_WAIT_S)
    const value = `${ports[0]}-${ports[1]} (${count(range)})`
    const bound =
      reuse === 1
        ? 'Those in TIME_WAIT are taken again after a second, so this bounds connections at once, not connections per second.'
        : `With a connection per message and TIME_WAIT on this side, ${reuse === 2 ? 'a server that is not on loopback' : 'one server port'} gets at most some ${count(each)} connections a second; --source-ip with more addresses adds as many each.`
    findings.push(
      range < PORTS
        ? find('local ports', 'warn', value, {
            meaning: bound,
            fix: 'sysctl -w net.ipv4.ip_local_port_range="1024 65535"',
          })
        : find('local ports', reuse === 1 ? 'ok' : 'note', value, { meaning: bound }),
    )
  }
  if (reuse !== null) {
    const words = ['never', 'everywhere', 'on loopback only'][reuse] ?? String(reuse)
    findings.push(
      reuse === 1
        ? find('TIME_WAIT reuse', 'ok', words)
        : find('TIME_WAIT reuse', reuse === 0 ? 'warn' : 'note', words, {
            meaning: 'A port in TIME_WAIT is not used for the same server again for a minute.',
            fix: 'sysctl -w net.ipv4.tcp_tw_reuse=1',
          }),
    )
  }
  if (sockets !== null) {
    const { inUse, timeWait } = sockets
    const crowded = range !== null && timeWait > range / 2
    const full = timeWaitMost !== null && timeWait >= timeWaitMost
    findings.push(
      find('sockets now', crowded || full ? 'warn' : 'ok', `${count(inUse)} in use, ${count(timeWait)} in TIME_WAIT`, {
        ...((crowded || full) && { meaning: 'A load went before; wait a minute, or it will run out of ports early.' }),
      }),
    )
  }
  if (somaxconn !== null)
    findings.push(
      somaxconn < SOMAXCONN
        ? find('listen queue', 'warn', `at most ${count(somaxconn)}`, {
            meaning:
              'A server here that is connected to in bursts lets connections wait a second or more, or refuses them.',
            fix: 'sysctl -w net.core.somaxconn=4096',
          })
        : find('listen queue', 'ok', `at most ${count(somaxconn)}`),
    )
  if (synBacklog !== null)
    findings.push(
      synBacklog < SYN_BACKLOG
        ? find('SYN backlog', 'note', count(synBacklog), {
            meaning: 'More half-open connections than that fall back to SYN cookies.',
            fix: 'sysctl -w net.ipv4.tcp_max_syn_backlog=4096',
          })
        : find('SYN backlog', 'ok', count(synBacklog)),
    )
  if (listenOverflows !== null) {
    const drops = Math.max(0, (listenDrops ?? 0) - listenOverflows)
    const value = `${count(listenOverflows)} since the start${drops > 0 ? `, ${count(drops)} dropped for other reasons` : ''}`
    findings.push(
      listenOverflows > 0
        ? find('queue overflows', 'note', value, {
            meaning:
              'Some server on this machine did not accept fast enough. When it grows during a run, that server is the limit.',
            fix: 'nstat -az TcpExtListenOverflows TcpExtListenDrops',
          })
        : find('queue overflows', 'ok', 'none since the start'),
    )
  }
  findings.push(lowPorts(facts, find))
  return findings
}

function lowPorts({ firstFreePort, mayBindLow }: MachineFacts, find: ReturnType<typeof finder>): Finding {
  const free = firstFreePort !== null && firstFreePort <= 25
  if (free || mayBindLow) return find('port 25', 'ok', free ? 'needs no privilege here' : 'may be listened on')
  return find('port 25', 'note', 'not for this user', {
    meaning: 'A sink can listen from port 1024 on; sending to port 25 needs no privilege.',
    fix: `sysctl -w net.ipv4.ip_unprivileged_port_start=25, or setcap cap_net_bind_service=+ep $(command -v node)`,
  })
}

export function programFindings({ node, arch, uws, koffi }: ProgramFacts, platform: string): Finding[] {
  const find = finder('program')
  const [major = 0, minor = 0] = node.replace(/^v/, '').split('.').map(Number)
  const old = major < NODE_LEAST[0] || (major === NODE_LEAST[0] && minor < NODE_LEAST[1])
  return [
    find('Node.js', old ? 'fail' : 'ok', `${node} ${platform} ${arch}`, {
      ...(old && {
        meaning: `Node ${NODE_LEAST.join('.')} is the oldest that runs this.`,
        fix: 'https://nodejs.org/en/download',
      }),
    }),
    uws === null
      ? find('uWebSockets.js', 'note', 'not loaded', {
          meaning: '--metrics is served by node:http instead; a scrape costs the main thread more.',
          fix: 'npm install uNetworking/uWebSockets.js',
        })
      : find('uWebSockets.js', 'ok', uws),
    koffi
      ? find('koffi', 'ok', 'loaded')
      : find('koffi', 'note', 'not loaded', {
          meaning:
            'Without it no socket options (-T), no raised descriptor limit, and a sink on one worker or without SO_REUSEPORT.',
          fix: 'npm install koffi',
        }),
    ...(platform === 'linux'
      ? []
      : [
          find('system', 'note', platform, {
            meaning: 'Limits and queues are read on Linux only; what is not shown was not looked at.',
          }),
        ]),
  ]
}
