/** V8's CPU profile: how long each of its nodes was on top of the stack between two moments. Times are microseconds of the monotonic clock. */
import type { Profiler } from 'node:inspector'

export type CpuProfile = Profiler.Profile
export type CallFrame = Profiler.ProfileNode['callFrame']

/** A sample stands for the time until the next one, the last for the time until the end; cut to [fromUs, toUs]. By node id. */
export function timesOf(profile: CpuProfile, fromUs: number, toUs: number): Map<number, number> {
  const times = new Map<number, number>()
  for (const { node, atUs, untilUs } of spansOf(profile, toUs)) {
    const us = Math.min(untilUs, toUs) - Math.max(atUs, fromUs)
    if (us > 0) times.set(node, (times.get(node) ?? 0) + us)
  }
  return times
}

/** How many samples lie in [fromUs, toUs]. */
export function samplesIn(profile: CpuProfile, fromUs: number, toUs: number): number {
  let count = 0
  for (const { atUs } of spansOf(profile, toUs)) if (atUs >= fromUs && atUs <= toUs) count++
  return count
}

/** The same profile with the samples of [fromUs, toUs] only, for tools that show it as it is. */
export function trimmed(profile: CpuProfile, fromUs: number, toUs: number): CpuProfile {
  const samples: number[] = []
  const timeDeltas: number[] = []
  let last = fromUs
  for (const { node, atUs } of spansOf(profile, toUs)) {
    if (atUs < fromUs || atUs > toUs) continue
    samples.push(node)
    timeDeltas.push(Math.round(atUs) - Math.round(last))
    last = atUs
  }
  return { nodes: profile.nodes, startTime: Math.round(fromUs), endTime: Math.round(toUs), samples, timeDeltas }
}

interface Span {
  readonly node: number
  readonly atUs: number
  readonly untilUs: number
}

/** Samples in the order of their time: where a signal came late, V8 writes them with a negative distance. */
function spansOf({ samples = [], timeDeltas = [], startTime, endTime }: CpuProfile, toUs: number): Span[] {
  let at = startTime
  const moments = samples.map((node, i) => {
    at += timeDeltas[i] ?? 0
    return { node, atUs: at }
  })
  moments.sort((a, b) => a.atUs - b.atUs)
  return moments.map(({ node, atUs }, i) => ({ node, atUs, untilUs: moments[i + 1]?.atUs ?? Math.max(endTime, toUs) }))
}
