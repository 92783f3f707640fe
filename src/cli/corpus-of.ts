/** `--corpus`: messages from directories of .eml files, from an mbox, or from single files. */
import { join } from 'node:path'
import { UsageError } from '../base/errors.js'
import { type CorpusSource, corpusOf } from '../message/corpus.js'
import { looksLikeMbox, splitMbox } from '../message/mbox.js'
import type { Corpus } from '../plan/mail-plan.js'
import type { Machine } from './machine.js'
import { readOctets, reasonOf } from './read-file.js'

/** Octets that all messages of a corpus may have together. */
export const CORPUS_MAX = 1024 ** 3

/** Reads every `PATH` or `PATH=WEIGHT`; `label(i)` is what the user called the i-th. Throws UsageError. */
export function readCorpus(words: readonly string[], label: (index: number) => string, machine: Machine): Corpus {
  let octets = 0
  const sources = words.map((word, i): CorpusSource => {
    const [, path = word, weight = '1'] = /^(.+)=(\d+(?:\.\d+)?)$/s.exec(word) ?? []
    if (!(Number(weight) > 0)) throw new UsageError(`${label(i)}: the weight of '${path}' is 0; give one above it.`)
    const messages = messagesAt(path, label(i), machine)
    for (const message of messages) octets += message.length
    if (octets > CORPUS_MAX) throw new UsageError(`${label(i)}: the messages are over 1 GiB together; give fewer.`)
    return { path, weight: Number(weight), messages }
  })
  return corpusOf(sources)
}

function messagesAt(path: string, label: string, machine: Machine): Uint8Array[] {
  const names = folder(path, label, machine)
  if (names !== null) {
    const files = names.filter((name) => /\.eml$/i.test(name)).sort()
    if (files.length === 0)
      throw new UsageError(
        `${label}: '${path}' holds no file named .eml; give another directory, an mbox or one message.`,
      )
    return files.map((name) => whole(join(path, name), label, machine))
  }
  const octets = whole(path, label, machine)
  if (!looksLikeMbox(octets)) return [octets]
  const messages = splitMbox(octets)
  const empty = messages.findIndex((message) => message.length === 0)
  if (empty >= 0) throw new UsageError(`${label}: message ${empty + 1} of '${path}' is empty; take it out.`)
  return messages
}

function whole(path: string, label: string, machine: Machine): Uint8Array {
  const octets = readOctets(path, label, machine)
  if (octets.length === 0) throw new UsageError(`${label}: '${path}' is empty; give a message.`)
  return octets
}

function folder(path: string, label: string, machine: Machine): readonly string[] | null {
  try {
    return machine.readFolder(path)
  } catch (error) {
    throw new UsageError(`${label}: cannot read '${path}' (${reasonOf(error)}); give a readable file or directory.`)
  }
}

/** As `readCorpus` reads it. */
export function corpusWord({ path, weight }: Corpus['sources'][number]): string {
  return weight === 1 && !/=\d+(\.\d+)?$/.test(path) ? path : `${path}=${weight}`
}
