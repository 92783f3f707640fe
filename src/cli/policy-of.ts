/** The receiver model of `stampede sink`: flags win over the file of --policy, and that over --profile. */
import type { Policy } from '../plan/policy.js'
import { type PolicyLayer, readPolicy } from '../plan/policy-read.js'
import type { SpecSection } from '../plan/policy-specs.js'
import { profileLayer, withProfile } from '../smtp/profiles.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'
import { policyFile } from './policy-file.js'
import { letterRules } from './sink-letters.js'

/** Options that are rules, by the section of a policy document that they fill. */
const RULES: readonly (readonly [option: string, section: SpecSection, several: boolean])[] = [
  ['reject', 'reject', true],
  ['delay', 'delay', true],
  ['limit', 'limit', true],
  ['max-recipients', 'maxRecipients', false],
  ['max-messages', 'maxMessages', false],
  ['greylist', 'greylist', false],
  ['tarpit', 'tarpit', true],
  ['slow-banner', 'slowBanner', false],
  ['slow-read', 'slowRead', false],
  ['drip', 'drip', false],
  ['disconnect', 'disconnect', true],
  ['reset-at', 'reset', true],
  ['cut', 'cut', true],
  ['wrong', 'wrong', true],
  ['malformed', 'malformed', true],
]

/** Null when no rule was given by any way. Throws UsageError. */
export function policyOf(given: Given, machine: Machine): Policy | null {
  const layers: PolicyLayer[] = []
  const file = given.text('policy')
  const profile = given.choice('profile')
  if (file !== null) {
    const layer = policyFile(file, given.label('policy'), machine)
    // A profile of the command line stands in for the file's own.
    layers.push(...(profile === null ? withProfile(layer) : [layer]))
  }
  if (profile !== null) layers.unshift(profileLayer(profile, given.label('profile')))
  const flags = flagLayer(given)
  if (flags !== null) layers.push(flags)
  if (layers.length === 0) return null
  const seed = given.text('seed')
  if (seed !== null) layers.push({ path: () => given.label('seed'), document: { seed } })
  return readPolicy(layers, machine.newSeed())
}

function flagLayer(given: Given): PolicyLayer | null {
  const document: Record<string, unknown> = {}
  const labels = new Map<string, string>()
  for (const [option, section, several] of RULES) {
    if (!given.has(option)) continue
    const texts = given.texts(option)
    document[section] = several ? texts : texts.at(-1)
    labels.set(section, given.label(option))
  }
  for (const { section, label, rules } of letterRules(given)) {
    document[section] = [...((document[section] as unknown[] | undefined) ?? []), ...rules]
    if (!labels.has(section)) labels.set(section, label)
  }
  return labels.size === 0 ? null : { path: (section) => labels.get(section) ?? section, document }
}
