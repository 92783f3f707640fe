/** What a watched server shows to Prometheus. */
import { TCP_STATES, type Watched } from '../measure/watched.js'
import { counter, type Family, gauge, type Sample } from './families.js'

/** The newest sample; nothing before there is one. */
export function targetFamilies(watched: Pick<Watched, 'samples'> | null): Family[] {
  const sample = watched?.samples.at(-1)
  if (sample === undefined) return []
  const { server, host } = sample
  const up = gauge('stampede_target_up', 'Whether any process of the watched server is there.', Number(server !== null))
  const hostFamilies = [
    gauge('stampede_host_cpu_ratio', 'All CPUs of this host since the sample before.', host.cpu),
    gauge('stampede_host_memory_used_bytes', 'Memory of this host that no new program could have.', host.memoryUsed),
    gauge('stampede_host_memory_bytes', 'Memory of this host.', host.memoryTotal),
    gauge('stampede_host_load', 'Runnable processes averaged over a minute.', host.load),
  ]
  if (server === null) return [up, ...hostFamilies]
  const { descriptors, sockets, accept, switches, disk, cgroup, pss } = server
  const by = (label: string, values: Readonly<Record<string, number | null>>): Sample[] =>
    Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [{ labels: { [label]: name }, value }]))
  return [
    up,
    gauge('stampede_target_processes', 'Processes of the server, children included.', server.processes),
    gauge('stampede_target_threads', 'Their threads.', server.threads),
    counter(
      'stampede_target_cpu_seconds_total',
      'CPU that they used since the watch began.',
      by('mode', { user: server.cpuUserMs / 1000, system: server.cpuSystemMs / 1000 }),
    ),
    gauge('stampede_target_resident_bytes', 'Resident memory, shared parts counted for each.', server.rss),
    ...(pss === null
      ? []
      : [gauge('stampede_target_proportional_bytes', 'Resident memory, shared parts counted once (PSS).', pss)]),
    gauge('stampede_target_virtual_bytes', 'Address space.', server.vsz),
    ...(descriptors === null
      ? []
      : [
          gauge('stampede_target_open_fds', 'Open descriptors.', descriptors.total),
          gauge(
            'stampede_target_fds',
            'Open descriptors by what they lead to.',
            by('kind', {
              socket: descriptors.sockets,
              pipe: descriptors.pipes,
              file: descriptors.files,
              other: descriptors.other,
            }),
          ),
        ]),
    ...(sockets === null
      ? []
      : [
          gauge(
            'stampede_target_sockets',
            "Sockets on the server's port by state.",
            TCP_STATES.map((state) => ({ labels: { state }, value: sockets[state] ?? 0 })),
          ),
        ]),
    ...(accept === null
      ? []
      : [
          gauge('stampede_target_accept_queue_connections', 'Connections that wait to be accepted.', accept.waiting),
          gauge('stampede_target_accept_queue_limit', 'How many may wait.', accept.limit),
          counter(
            'stampede_target_listen_overflows_total',
            'Connections refused for a full accept queue since the watch began, on the whole host.',
            accept.overflows,
          ),
        ]),
    ...(switches === null
      ? []
      : [
          counter(
            'stampede_target_context_switches_total',
            'Context switches since the watch began.',
            by('kind', { voluntary: switches.voluntary, involuntary: switches.involuntary }),
          ),
        ]),
    ...(disk === null
      ? []
      : [
          counter('stampede_target_disk_read_bytes_total', 'Octets read from disks since the watch began.', disk.read),
          counter('stampede_target_disk_written_bytes_total', 'Octets written to disks since then.', disk.written),
        ]),
    ...(cgroup?.memory == null
      ? []
      : [gauge('stampede_target_cgroup_memory_bytes', 'Memory of its control group.', cgroup.memory)]),
    ...(cgroup === null
      ? []
      : [
          gauge(
            'stampede_target_pressure_ratio',
            'Share of the last ten seconds in which some task of its control group waited (PSI).',
            by('resource', { cpu: cgroup.cpuPressure, memory: cgroup.memoryPressure, io: cgroup.ioPressure }),
          ),
        ]),
    ...hostFamilies,
  ]
}
