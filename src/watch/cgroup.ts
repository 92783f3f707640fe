/** The control group that a process is in: its memory, how long its tasks wait, and how much CPU it may have. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { WatchedServer } from '../measure/watched.js'
import { textOf } from './proc-file.js'
import { parseCgroup, parseCpuMax, parsePressure } from './proc-text.js'

const MOUNT = '/sys/fs/cgroup'
/** Where both versions are mounted, the newer one is here. */
const HYBRID = '/sys/fs/cgroup/unified'

export class Cgroup {
  readonly #unified: string | null
  readonly #memory: string | null

  constructor(pid: number) {
    const { unified, memory } = parseCgroup(textOf(`/proc/${pid}/cgroup`))
    const root = existsSync(join(MOUNT, 'cgroup.controllers')) ? MOUNT : HYBRID
    this.#unified = unified === null ? null : join(root, unified)
    this.#memory = memory === null ? null : join(MOUNT, 'memory', memory)
  }

  read(): NonNullable<WatchedServer['cgroup']> {
    const memory = this.#unified === null ? '' : textOf(join(this.#unified, 'memory.current'))
    const older = memory !== '' || this.#memory === null ? '' : textOf(join(this.#memory, 'memory.usage_in_bytes'))
    return {
      memory: numberIn(memory) ?? numberIn(older),
      cpuPressure: this.#pressure('cpu'),
      memoryPressure: this.#pressure('memory'),
      ioPressure: this.#pressure('io'),
    }
  }

  /** CPUs that it may use; null: all. */
  get cpus(): number | null {
    return this.#unified === null ? null : parseCpuMax(textOf(join(this.#unified, 'cpu.max')))
  }

  /** The root group has no files of its own on older kernels: there the whole machine's are meant. */
  #pressure(of: 'cpu' | 'memory' | 'io'): number | null {
    const own = this.#unified === null ? '' : textOf(join(this.#unified, `${of}.pressure`))
    return parsePressure(own !== '' ? own : textOf(`/proc/pressure/${of}`))
  }
}

function numberIn(text: string): number | null {
  return /^\d+\s*$/.test(text) ? Number(text) : null
}
