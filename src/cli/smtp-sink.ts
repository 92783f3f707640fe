/** The drop-in smtp-sink: says nothing when ready, serves until told to end, exit 1 one second after anything is fatal. */
import { type Endpoint, ResolveError, resolveTarget } from '../net/endpoint.js'
import { becomeUser } from '../net/privileges.js'
import type { Target } from '../plan/plan.js'
import { type LookupService, operandOf, parsePostfixListen, TargetError } from '../plan/target.js'
import { DoorFatal, octetsOf } from './door-args.js'
import { endDoor, say } from './door-fatal.js'
import { loadStartSink } from './engine.js'
import { systemService } from './machine.js'
import { parseSinkDoor, type SinkDoorOptions } from './smtp-sink-args.js'
import { sinkDoorPlan } from './smtp-sink-plan.js'

/** Runs the door; the exit status. `program` is argv[0] as typed. */
export async function sinkDoor(program: string, args: readonly string[]): Promise<number> {
  try {
    const options = parseSinkDoor(program, args, process.geteuid?.() === 0)
    const target = sinkDoorTarget(options.operand, systemService)
    const endpoint = await resolved(target, options)
    const tell = (line: string): void => say(`${octetsOf(program)}: ${octetsOf(line)}\n`)
    if (options.verbose > 0 && endpoint.kind === 'tcp') tell(`trying... [${endpoint.address}]:${endpoint.port}`)
    const listen: Target =
      endpoint.kind === 'unix'
        ? target
        : { kind: 'inet', host: endpoint.address, port: endpoint.port, text: target.text }
    const startSink = await loadStartSink()
    const sink = await startSink(sinkDoorPlan(options, program, listen), {
      prepared: () => dropPrivileges(options, tell),
    })
    await sink.done
    return 0
  } catch (error) {
    return endDoor(program, error)
  }
}

/** Reads the endpoint. Throws DoorFatal. */
export function sinkDoorTarget(operand: string, lookupService: LookupService): Target {
  try {
    return parsePostfixListen(operand, lookupService)
  } catch (error) {
    if (error instanceof TargetError) throw new DoorFatal(error.message)
    throw error
  }
}

/** The first address of the resolver; without a host, every address of one family. */
async function resolved(target: Target, { family }: SinkDoorOptions): Promise<Endpoint> {
  if (target.kind === 'inet' && target.host === '') {
    const version = family === 6 ? 6 : 4
    return { kind: 'tcp', address: version === 6 ? '::' : '0.0.0.0', port: target.port, family: version }
  }
  try {
    return await resolveTarget(target, family)
  } catch (error) {
    if (error instanceof ResolveError) throw new DoorFatal(`${operandOf(target)}: ${error.text}`)
    throw error
  }
}

/** The socket listens and everything is loaded; nobody has been served yet. */
function dropPrivileges({ user, root, verbose }: SinkDoorOptions, tell: (line: string) => void): void {
  if (user !== null) becomeUser(user, root)
  if (user !== null && verbose > 1) tell(`chroot ${root ?? '(none)'} user ${user}`)
}
