/** Which rows of a table are others than when it was last looked at. */

export class Changes {
  readonly #before = new Map<string, { readonly count: number; readonly sample: string }>()

  /** Rows that are new or have grown, known by their texts and code; of those that are known the sample is left out unless it is another. */
  take<Row extends { readonly count: number; readonly sample: string }>(rows: readonly Row[]): Row[] {
    const changed: Row[] = []
    for (const row of rows) {
      const key = keyOf(row)
      const old = this.#before.get(key)
      const { count, sample } = row
      if (old?.count === count && old.sample === sample) continue
      this.#before.set(key, { count, sample })
      changed.push(old?.sample === sample ? { ...row, sample: '' } : row)
    }
    return changed
  }
}

function keyOf(row: object): string {
  const { verb = '', code = '', error = '', after = '' } = row as Record<string, unknown>
  return `${verb}/${code}/${error}/${after}`
}
