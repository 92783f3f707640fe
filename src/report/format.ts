/** Figures as people read them. Plain ASCII, so that they fit any terminal and any column. */

/** A count: 299,563. Not by Intl, whose first use costs 25 ms of every run. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** A rate or mean: grouped from 100 on, three significant digits below. */
export function number(value: number): string {
  return Math.abs(value) >= 100 ? count(value) : significant(value)
}

/** A latency given in microseconds: three significant digits in ms, from ten seconds on in s. */
export function latency(us: number): string {
  if (us >= 9_999_500) return `${significant(us / 1e6)} s`
  return us >= 999_500 ? `${count(us / 1000)} ms` : `${significant(us / 1000)} ms`
}

/** A time of the run given in milliseconds: 840 ms, 4.21 s, 60.0 s. */
export function seconds(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`
  return `${(ms / 1000).toFixed(ms < 9_995 ? 2 : 1)} s`
}

/** Time on a clock: 00:41, 1:02:03. */
export function clock(ms: number): string {
  const whole = Math.floor(ms / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const minutes = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`
  return whole < 3600 ? minutes : `${Math.floor(whole / 3600)}:${minutes}`
}

/** Bytes in decimal units: 41.2 MB. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let unit = 0
  // 999.5 would round to 1000 of the smaller unit.
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${significant(value)} ${units[unit]}`
}

/** A share 0..1: 41%, 0.008%. */
export function percent(share: number): string {
  const points = share * 100
  return `${points >= 10 ? Math.round(points) : significant(points)}%`
}

/** Three significant digits, no zeros at the end, never an exponent. */
export function significant(value: number): string {
  if (value === 0) return '0'
  const rounded = Number(value.toPrecision(3))
  return Math.abs(rounded) >= 1e-6 ? String(rounded) : '0'
}
