/** The drop-in smtp-source: silent, the original's words on stderr, exit 1 one second after any of them is fatal. */
import { closeSync, openSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { errnoText } from '../base/errno.js'
import { ResolveError, resolveTarget } from '../net/endpoint.js'
import type { Target } from '../plan/plan.js'
import { operandOf } from '../plan/target.js'
import { DoorFatal, type DoorOptions, doorTarget, helloName, parseDoor } from './door-args.js'
import { endDoor } from './door-fatal.js'
import { doorPlan } from './door-plan.js'
import { loadRunSource } from './engine.js'
import { systemService, thisMachine } from './machine.js'
import type { Environment } from './parse.js'

/** Runs the door; the exit status. `program` is argv[0] as typed. */
export async function door(
  program: string,
  args: readonly string[],
  environment: Environment = process.env,
): Promise<number> {
  try {
    const options = parseDoor(program, args)
    const file = options.file === null ? null : messageFile(options.file)
    const target = await resolved(doorTarget(options.operand, systemService), options)
    const plan = doorPlan(options, {
      program,
      helloName: options.helloName ?? ownName(),
      target,
      file,
      numbering: environment.STAMPEDE_NUMBERING === 'classic' ? 'classic' : 'newest',
      seed: thisMachine().newSeed(),
    })
    const runSource = await loadRunSource()
    await runSource(plan, {})
    return 0
  } catch (error) {
    return endDoor(program, error)
  }
}

/** Opened and read in two steps, because the original names the one that failed. */
function messageFile(path: string): Uint8Array {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    throw new DoorFatal(`open ${path}: ${errnoText(error as NodeJS.ErrnoException)}`)
  }
  try {
    return readFileSync(descriptor)
  } catch (error) {
    throw new DoorFatal(`read ${path}: ${errnoText(error as NodeJS.ErrnoException)}`)
  } finally {
    closeSync(descriptor)
  }
}

/** The first address of the resolver, for all connections of the run, as the original does it. */
async function resolved(target: Target, { family }: DoorOptions): Promise<Target> {
  try {
    const endpoint = await resolveTarget(target, family)
    return endpoint.kind === 'tcp' && target.kind === 'inet' ? { ...target, host: endpoint.address } : target
  } catch (error) {
    if (error instanceof ResolveError) throw new DoorFatal(`${operandOf(target)}: ${error.text}`)
    throw error
  }
}

function ownName(): string {
  try {
    return helloName(hostname())
  } catch (error) {
    if (!(error instanceof DoorFatal)) throw error
    throw new DoorFatal('unable to use my own hostname', error.lines)
  }
}
