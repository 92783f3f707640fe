/** Figures as people read them, as in the rest of the program. */

/** Three significant digits, grouped from a thousand on. */
export function figure(value: number): string {
  if (value === 0) return '0'
  return Math.abs(value) >= 100
    ? String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
    : String(Number(value.toPrecision(value < 0.01 ? 1 : 3)))
}

export function percent(share: number): string {
  const points = share * 100
  return `${points >= 10 ? Math.round(points) : figure(points)} %`
}

/** Microseconds as they are shown: for each message where there were any, else milliseconds of the profiled time. */
export function cost(us: number, messages: number): string {
  return messages > 0 ? `${figure(us / messages)} µs` : `${figure(us / 1000)} ms`
}

/** What `cost` gives, for a head of a column. */
export function costUnit(messages: number): string {
  return messages > 0 ? 'µs a message' : 'ms'
}
