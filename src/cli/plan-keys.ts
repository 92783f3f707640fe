/** The keys of a plan file: each long option, in camel case or as it is, and the few that group them. */
import type { Option } from './option.js'
import { optionsOf } from './options.js'

/** Keys of `sessions: { … }`: options by another name. */
export const SESSION_KEYS = {
  max: 'sessions',
  min: 'min-sessions',
  messagesEach: 'per-session',
  rampUp: 'ramp-up',
  rampDown: 'ramp-down',
} as const

/** `perSession` of `per-session`. */
export function camel(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** Options that a plan file may set: all that are not for the command line alone. */
export function planOptions(): Option[] {
  return optionsOf('run').filter((option) => !option.onlyFlag)
}

/** Every key that names one of the options. */
export function optionKeys(options: readonly Option[]): Map<string, Option> {
  const keys = new Map<string, Option>()
  for (const option of options) {
    for (const name of [option.name, ...option.aliases]) {
      keys.set(camel(name), option)
      keys.set(name, option)
    }
  }
  return keys
}

/** Options of one type of mail: what a part of `mix` may say. */
export function mailOptions(): Option[] {
  return planOptions().filter(({ group }) => group === 'Mail')
}

/** Options of the load: what `load: { … }` may say beside its stages. */
export function loadOptions(): Option[] {
  return planOptions().filter(({ group }) => group === 'Load' || group === 'Load shape')
}
