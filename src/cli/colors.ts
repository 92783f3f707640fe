/** Whether to print in colours. */
import type { Given } from './given.js'
import type { Environment } from './parse.js'

/** Colour on a terminal that was not asked to do without. */
export function colored(environment: Environment, given: Given | null = null): boolean {
  return process.stdout.isTTY === true && !noColor(environment, given) && environment.TERM !== 'dumb'
}

/** By `--no-color`, or in the environment (https://no-color.org). */
export function noColor(environment: Environment, given: Given | null): boolean {
  return Boolean(environment.NO_COLOR) || given?.flag('no-color') === true
}
