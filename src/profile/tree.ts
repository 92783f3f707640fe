/** Stacks as a tree: a frame, the time it was on top, and what it called. */

/** What kind of code a frame is, and so its colour. */
export const KINDS = ['ours', 'npm', 'node', 'native', 'poll', 'gc', 'kernel', 'program', 'helper', 'group'] as const
export type Kind = (typeof KINDS)[number]

/** One function, or what stands for something that is none. Frames with the same key are the same. */
export interface Frame {
  readonly name: string
  readonly kind: Kind
  /** What the table of modules files it under. */
  readonly module: string
  /** `worker/link.ts:118`; '' where there is none. */
  readonly place: string
}

export interface Tree {
  readonly frame: Frame
  /** Time on top of the stack, in microseconds. */
  selfUs: number
  readonly children: Map<string, Tree>
}

export function tree(frame: Frame, selfUs = 0): Tree {
  return { frame, selfUs, children: new Map() }
}

export function keyOf({ name, module, place }: Frame): string {
  return `${name}\0${module}\0${place}`
}

/** The child with that frame, made where it is missing. */
export function childOf(parent: Tree, frame: Frame): Tree {
  const key = keyOf(frame)
  let child = parent.children.get(key)
  if (child === undefined) {
    child = tree(frame)
    parent.children.set(key, child)
  }
  return child
}

/** Adds a stack, the outermost frame first. */
export function addStack(root: Tree, frames: readonly Frame[], us: number): void {
  let at = root
  for (const frame of frames) at = childOf(at, frame)
  at.selfUs += us
}

/** Adds what is below `from` to `into`, its own time too. */
export function mergeInto(into: Tree, from: Tree): void {
  into.selfUs += from.selfUs
  for (const child of from.children.values()) mergeInto(childOf(into, child.frame), child)
}

/** Time of the whole subtree, in microseconds. */
export function totalOf(node: Tree): number {
  let total = node.selfUs
  for (const child of node.children.values()) total += totalOf(child)
  return total
}

/** A row of the table of functions. */
export interface FunctionRow extends Frame {
  readonly selfUs: number
  /** With what it called; a function that calls itself is counted once. */
  readonly totalUs: number
}

/** Every function, the longest on top first. Groups are no functions. */
export function functionsOf(root: Tree): FunctionRow[] {
  const rows = new Map<string, { frame: Frame; selfUs: number; totalUs: number }>()
  const open = new Set<string>()
  const visit = (node: Tree): number => {
    const key = keyOf(node.frame)
    const outermost = !open.has(key)
    if (outermost) open.add(key)
    let total = node.selfUs
    for (const child of node.children.values()) total += visit(child)
    if (outermost) open.delete(key)
    const row = rows.get(key) ?? { frame: node.frame, selfUs: 0, totalUs: 0 }
    row.selfUs += node.selfUs
    if (outermost) row.totalUs += total
    rows.set(key, row)
    return total
  }
  visit(root)
  return [...rows.values()]
    .filter(({ frame }) => frame.kind !== 'group')
    .map(({ frame, selfUs, totalUs }) => ({ ...frame, selfUs, totalUs }))
    .sort((a, b) => b.selfUs - a.selfUs || b.totalUs - a.totalUs)
}

/** A row of the table of modules. */
export interface ModuleRow {
  readonly module: string
  readonly kind: Kind
  readonly selfUs: number
}

/** Time on top of the stack by module, the longest first. */
export function modulesOf(functions: readonly FunctionRow[]): ModuleRow[] {
  const rows = new Map<string, { module: string; kind: Kind; selfUs: number }>()
  for (const { module, kind, selfUs } of functions) {
    const row = rows.get(module) ?? { module, kind, selfUs: 0 }
    row.selfUs += selfUs
    rows.set(module, row)
  }
  return [...rows.values()].filter(({ selfUs }) => selfUs > 0).sort((a, b) => b.selfUs - a.selfUs)
}
