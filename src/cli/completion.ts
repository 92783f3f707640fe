/** Completion scripts for bash, zsh and fish, made from the table. */
import { UsageError } from '../base/errors.js'
import { orList } from './given.js'
import { doorWord, isDoor, type Option, takesValue, type Verb } from './option.js'
import { optionsOf } from './options.js'
import { atMostOne, VERBS } from './verbs.js'

const SCRIPTS = { bash, zsh, fish } as const

/** `stampede completion SHELL`. */
export function completionVerb(args: readonly string[]): number {
  const shell = atMostOne('completion', args)
  const shells = Object.keys(SCRIPTS)
  if (shell === undefined || !Object.hasOwn(SCRIPTS, shell)) {
    throw new UsageError(
      `completion: ${shell === undefined ? 'the shell is missing' : `'${shell}' is not known`}; give ${orList(shells)}.`,
    )
  }
  process.stdout.write(SCRIPTS[shell as keyof typeof SCRIPTS]())
  return 0
}

/** Verbs that take options by this program's own rules. */
const WITH_OPTIONS = [
  'source',
  'run',
  'sink',
  'stress',
  'malformed',
  'watch',
  'report',
  'profile',
  'compare',
  'doctor',
  'smtp-source',
  'smtp-sink',
  'go-smtp-source',
] as const
const FOLLOWING: Readonly<Record<string, string>> = {
  completion: 'bash zsh fish',
  help: VERBS.map(({ name }) => name).join(' '),
}

/** Verbs whose operands are files. */
const TAKE_FILES: readonly Verb[] = ['run', 'report', 'compare']

function visible(verb: Verb): Option[] {
  return optionsOf(verb).filter((option) => !option.hidden && (!isDoor(verb) || doorWord(option, verb) !== null))
}

/** All spellings of an option. */
function words(option: Option, verb: Verb): string[] {
  if (isDoor(verb)) return [doorWord(option, verb)!]
  const letter = option.letter === null ? [] : [`-${option.letter}`]
  const long = [option.name, ...option.aliases].flatMap((name) =>
    option.negatable ? [`--${name}`, `--no-${name}`] : [`--${name}`],
  )
  return [...letter, ...long]
}

/** Words that may follow an option; null: anything. */
function following(option: Option): string[] | null {
  if (option.kind === 'choice') return [...option.choices]
  return option.kind === 'workers' ? ['auto'] : null
}

function bash(): string {
  const cases: string[] = []
  for (const verb of WITH_OPTIONS) {
    const options = visible(verb)
    const value: string[] = []
    for (const option of options.filter(takesValue)) {
      const pattern = words(option, verb).join('|')
      const choices = following(option)
      if (option.kind === 'file') value.push(`        ${pattern}) COMPREPLY=($(compgen -f -- "$cur")); return;;`)
      else if (choices)
        value.push(`        ${pattern}) COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$cur")); return;;`)
      else value.push(`        ${pattern}) return;;`)
    }
    const all = options.flatMap((option) => words(option, verb)).join(' ')
    cases.push(
      `    ${verb})\n      case $prev in\n${value.join('\n')}\n      esac\n      COMPREPLY=($(compgen ${TAKE_FILES.includes(verb) ? '-f ' : ''}-W '${all}' -- "$cur"));;`,
    )
  }
  for (const [verb, list] of Object.entries(FOLLOWING))
    cases.push(`    ${verb}) COMPREPLY=($(compgen -W '${list}' -- "$cur"));;`)
  cases.push(`    manual) COMPREPLY=($(compgen -d -- "$cur"));;`)
  const verbs = [...VERBS.map(({ name }) => name), 'help', '--help', '--version'].join(' ')
  return `# bash completion for stampede; load it with: source <(stampede completion bash)
_stampede() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} verb=\${COMP_WORDS[1]}
  COMPREPLY=()
  # Readline cuts words at '=': "--retry=later" comes as three.
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W '${verbs}' -- "$cur"))
    return
  fi
  case $verb in
${cases.join('\n')}
  esac
}
complete -F _stampede stampede
`
}

function zsh(): string {
  const quote = (text: string) => text.replaceAll("'", "'\\''")
  const spec = (text: string) => quote(text.replace(/[[\]:]/g, '\\$&'))
  const blocks = WITH_OPTIONS.map((verb) => {
    const specs = visible(verb).flatMap((option) => {
      const tail = takesValue(option) ? `:${spec(option.value)}:${zshAction(option)}` : ''
      return words(option, verb).map((word) => {
        const attach = takesValue(option) ? (word.startsWith('--') ? '=' : '+') : ''
        return `        '*${word}${attach}[${spec(option.sentence)}]${tail}'`
      })
    })
    return `      ${verb})\n        _arguments -s \\\n${specs.join(' \\\n')} \\\n        '*: :${TAKE_FILES.includes(verb) ? '_files' : '_hosts'}';;`
  })
  for (const [verb, list] of Object.entries(FOLLOWING)) blocks.push(`      ${verb}) _values word ${list};;`)
  blocks.push('      manual) _files -/;;')
  const verbs = VERBS.map(({ name, sentence }) => `    '${name}:${spec(sentence)}'`).join('\n')
  return `#compdef stampede
# zsh completion for stampede; put it into a directory of $fpath as _stampede
_stampede() {
  local -a verbs
  verbs=(
${verbs}
  )
  if (( CURRENT == 2 )); then
    _describe command verbs
  else
    local verb=$words[2]
    shift words
    (( CURRENT-- ))
    case $verb in
${blocks.join('\n')}
    esac
  fi
}
compdef _stampede stampede
`
}

function zshAction(option: Option): string {
  const choices = following(option)
  if (choices) return `(${choices.join(' ')})`
  return option.kind === 'file' ? '_files' : ' '
}

function fish(): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = [
    '# fish completion for stampede; load it with: stampede completion fish | source',
    'complete -c stampede -f',
  ]
  for (const { name, sentence } of VERBS)
    lines.push(`complete -c stampede -n __fish_use_subcommand -a ${name} -d ${quote(sentence)}`)
  for (const verb of WITH_OPTIONS) {
    for (const option of visible(verb)) {
      const long = isDoor(verb) ? [] : words(option, verb).filter((word) => word.startsWith('--'))
      const spelled = [
        ...(option.letter === null ? [] : [`-s ${option.letter}`]),
        // fish's "old" options: a word after one dash.
        ...(isDoor(verb) && option.letter === null ? [`-o ${option.name}`] : []),
        ...long.map((word) => `-l ${word.slice(2)}`),
      ].join(' ')
      const choices = following(option)
      const value = !takesValue(option)
        ? ''
        : option.kind === 'file'
          ? ' -r -F'
          : choices
            ? ` -x -a ${quote(choices.join(' '))}`
            : ' -x'
      lines.push(
        `complete -c stampede -n '__fish_seen_subcommand_from ${verb}' ${spelled}${value} -d ${quote(option.sentence)}`,
      )
    }
  }
  for (const verb of TAKE_FILES) lines.push(`complete -c stampede -n '__fish_seen_subcommand_from ${verb}' -F`)
  for (const [verb, list] of Object.entries(FOLLOWING))
    lines.push(`complete -c stampede -n '__fish_seen_subcommand_from ${verb}' -a ${quote(list)}`)
  return `${lines.join('\n')}\n`
}
