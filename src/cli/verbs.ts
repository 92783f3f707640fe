/** The commands, for help, manual and completion. */
import { UsageError } from '../base/errors.js'

/** A command of the program. */
export interface VerbInfo {
  readonly name: string
  readonly synopsis: string
  readonly sentence: string
}

export const VERBS: readonly VerbInfo[] = [
  {
    name: 'source',
    synopsis: 'stampede source [OPTION]... TARGET',
    sentence: 'Send mail as fast as it is taken, or on schedule, and measure.',
  },
  {
    name: 'run',
    synopsis: 'stampede run [OPTION]... PLAN [TARGET]',
    sentence: 'Send mail as a plan file says: stages, a mix of mail, thresholds.',
  },
  {
    name: 'sink',
    synopsis: 'stampede sink [OPTION]... LISTEN [BACKLOG]',
    sentence: 'Receive mail, count it and throw it away.',
  },
  {
    name: 'stress',
    synopsis: 'stampede stress [OPTION]...',
    sentence: 'Keep many connections busy for a time, misbehaving ones among them, and watch this machine.',
  },
  {
    name: 'malformed',
    synopsis: 'stampede malformed [OPTION]... TARGET',
    sentence: 'Hold malformed conversations with a server, and judge its answers by the RFCs.',
  },
  {
    name: 'watch',
    synopsis: 'stampede watch [OPTION]... WHOM',
    sentence: "A server's vital signs while something else loads it.",
  },
  {
    name: 'report',
    synopsis: 'stampede report [OPTION]... FILE...',
    sentence: 'Show recorded runs in any form, several of them as one.',
  },
  {
    name: 'profile',
    synopsis: 'stampede profile [OPTION]... [--] VERB ARGUMENT...',
    sentence: 'Run source, run, stress or sink, and show where its CPU goes: a flame graph and a table.',
  },
  {
    name: 'compare',
    synopsis: 'stampede compare [OPTION]... A[,A2...] B[,B2...]',
    sentence: 'Compare recorded runs figure by figure, and tell differences from noise.',
  },
  {
    name: 'doctor',
    synopsis: 'stampede doctor [OPTION]... [TARGET]',
    sentence: 'Look at the limits of this machine, measure its ceiling on loopback, and see what a server allows.',
  },
  {
    name: 'smtp-source',
    synopsis: 'stampede smtp-source [OPTION]... TARGET',
    sentence: "Drop-in for Postfix's smtp-source: same options, output and exit status.",
  },
  {
    name: 'smtp-sink',
    synopsis: 'stampede smtp-sink [OPTION]... ENDPOINT BACKLOG',
    sentence: "Drop-in for Postfix's smtp-sink: same options, replies, dumps and exit status.",
  },
  {
    name: 'go-smtp-source',
    synopsis: 'stampede go-smtp-source [OPTION]... TARGET',
    sentence: 'Drop-in for go-smtp-source: same options, on this engine.',
  },
  {
    name: 'manual',
    synopsis: 'stampede manual [DIRECTORY]',
    sentence: 'Write the manual pages to a directory, or print them.',
  },
  {
    name: 'completion',
    synopsis: 'stampede completion bash|zsh|fish',
    sentence: 'Print a completion script for the shell.',
  },
]

/** Refuses operands beyond the first. */
export function atMostOne(verb: string, args: readonly string[]): string | undefined {
  if (args.length > 1)
    throw new UsageError(`${verb}: '${args[1]}' is one operand too many; see 'stampede help ${verb}'.`)
  const [operand] = args
  if (operand?.startsWith('-'))
    throw new UsageError(`${verb}: ${operand} is an unknown option; see 'stampede help ${verb}'.`)
  return operand
}
