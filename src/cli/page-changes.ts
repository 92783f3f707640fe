/** Which rows of a table are others than when it was last looked at. */

export class Changes {
  #before = new Map<string, number>()

  /** Rows that are new or have grown; a row is known by all of its texts and its code. */
  take<Row extends { readonly count: number }>(rows: readonly Row[]): Row[] {
    const now = new Map(rows.map((row) => [keyOf(row), row.count]))
    const changed = rows.filter((row) => this.#before.get(keyOf(row)) !== row.count)
    this.#before = now
    return changed
  }
}

function keyOf(row: object): string {
  const { verb = '', code = '', error = '', after = '' } = row as Record<string, unknown>
  return `${verb}/${code}/${error}/${after}`
}
