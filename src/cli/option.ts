/** The nouns of the option table. */

/** The ways into the program that take options; `smtp-source`, `smtp-sink` and `go-smtp-source` are the drop-in doors. */
export type Verb =
  | 'source'
  | 'run'
  | 'sink'
  | 'stress'
  | 'malformed'
  | 'doctor'
  | 'watch'
  | 'report'
  | 'profile'
  | 'compare'
  | 'smtp-source'
  | 'smtp-sink'
  | 'go-smtp-source'

/** A door knows no units and no environment, and of options what `doorWord` says. */
export function isDoor(verb: Verb): boolean {
  return verb === 'smtp-source' || verb === 'smtp-sink' || verb === 'go-smtp-source'
}

/** An option of a door as it is typed: one dash and a letter, and where Go's way with flags is followed, or a word. Null: the door has none. */
export function doorWord(option: Option, verb: Verb): string | null {
  if (option.letter !== null) return `-${option.letter}`
  return verb === 'go-smtp-source' ? `-${option.name}` : null
}

/** What an option's value is, and so how it is read. `counts` is one or a range of them, `sizes` one or a distribution. A `flag` has none; a `counter` has none and counts how often it is given. */
export type Kind =
  | 'flag'
  | 'counter'
  | 'count'
  | 'counts'
  | 'size'
  | 'sizes'
  | 'duration'
  | 'rate'
  | 'share'
  | 'choice'
  | 'text'
  | 'file'
  | 'list'
  | 'workers'

/** One row of the table. */
export interface Option {
  readonly letter: string | null
  /** The long name without dashes, and what the value is kept under; the door knows only letters. */
  readonly name: string
  readonly aliases: readonly string[]
  readonly kind: Kind
  /** What stands for the value in help: `N`, `TIME`; '' for flags. */
  readonly value: string
  readonly choices: readonly string[]
  /** As a user would type it; null: none, or said in the sentence. */
  readonly default: string | null
  readonly sentence: string
  /** The sentence for the door's manual page, where it differs. */
  readonly doorSentence: string | null
  readonly verbs: readonly Verb[]
  readonly group: string
  /** `--no-NAME` exists as well. */
  readonly negatable: boolean
  /** Left out of help, manual and completion. */
  readonly hidden: boolean
  /** Every value counts, not only the last one. */
  readonly repeatable: boolean
  /** Not settable through the environment. */
  readonly onlyFlag: boolean
  /** Lower bound of counts and sizes; a duration's in milliseconds. */
  readonly min: number
  /** What a duration without unit means. */
  readonly bareUnit: 's' | null
}

/** A row as written in the table: what is left out is empty, false, or follows from the kind. */
export type Row = Partial<Option> & Pick<Option, 'name' | 'kind' | 'sentence'>

const VALUES: Readonly<Record<Kind, string>> = {
  flag: '',
  counter: '',
  count: 'N',
  counts: 'N|N..M',
  size: 'SIZE',
  sizes: 'SIZES',
  duration: 'TIME',
  rate: 'RATE',
  share: 'SHARE',
  choice: '',
  text: 'TEXT',
  file: 'FILE',
  list: 'LIST',
  workers: 'N|auto',
}

/** Completes the rows of one group. */
export function group(name: string, verbs: readonly Verb[], rows: readonly Row[]): Option[] {
  return rows.map((row) => ({
    letter: null,
    aliases: [],
    value: row.choices ? row.choices.join('|') : VALUES[row.kind],
    choices: [],
    default: null,
    doorSentence: null,
    negatable: false,
    hidden: false,
    repeatable: false,
    onlyFlag: false,
    min: ['count', 'counts', 'size', 'sizes'].includes(row.kind) ? 1 : 0,
    bareUnit: null,
    group: name,
    verbs,
    ...row,
  }))
}

/** True when the option is followed by a value. */
export function takesValue(option: Option): boolean {
  return option.kind !== 'flag' && option.kind !== 'counter'
}

/** The environment variable that sets the option; flags on the command line win over it. */
export function environmentName(option: Option): string | null {
  return option.onlyFlag ? null : `STAMPEDE_${option.name.toUpperCase().replaceAll('-', '_')}`
}
