/**
 * strftime(3) in the C locale, as glibc has it: all conversions of POSIX and glibc, the flags `_ - 0 ^ #` and a width. The
 * modifiers E and O change nothing there. What is no conversion is left as it stands.
 */

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const DAY_MS = 86_400_000

/** Which conversions take which modifier (glibc keeps `%Ea` and the like as text). */
const WITH_E = 'cCxXyYnNtpPrRTszZ'
const WITH_O = 'bhBdeHIjklmMSuUVwWyGgntpPrRTszZ'

/** Conversions that stand for a template of their own. */
const COMPOSITE: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %Y',
  D: '%m/%d/%y',
  F: '%Y-%m-%d',
  r: '%I:%M:%S %p',
  R: '%H:%M',
  T: '%H:%M:%S',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
}

/** Conversions that give a text, and what `#` does to it. */
const TEXTS: Readonly<Record<string, (when: Date, zoneName: ZoneName) => string>> = {
  a: (when) => DAYS[when.getDay()]!.slice(0, 3),
  A: (when) => DAYS[when.getDay()]!,
  b: (when) => MONTHS[when.getMonth()]!.slice(0, 3),
  h: (when) => MONTHS[when.getMonth()]!.slice(0, 3),
  B: (when) => MONTHS[when.getMonth()]!,
  p: (when) => (when.getHours() < 12 ? 'AM' : 'PM'),
  P: (when) => (when.getHours() < 12 ? 'am' : 'pm'),
  z: offset,
  Z: (when, zoneName) => zoneName(when),
  n: () => '\n',
  t: () => '\t',
}

/** Conversions that give a number, how many digits it has, and what it is filled up with. */
const NUMBERS: Readonly<Record<string, readonly [digits: number, pad: '0' | '_', value: (when: Date) => number]>> = {
  C: [2, '0', (when) => Math.floor(when.getFullYear() / 100)],
  d: [2, '0', (when) => when.getDate()],
  e: [2, '_', (when) => when.getDate()],
  g: [2, '0', (when) => weekOf(when).year % 100],
  G: [4, '0', (when) => weekOf(when).year],
  H: [2, '0', (when) => when.getHours()],
  I: [2, '0', (when) => when.getHours() % 12 || 12],
  j: [3, '0', (when) => dayOfYear(when) + 1],
  k: [2, '_', (when) => when.getHours()],
  l: [2, '_', (when) => when.getHours() % 12 || 12],
  m: [2, '0', (when) => when.getMonth() + 1],
  M: [2, '0', (when) => when.getMinutes()],
  s: [1, '0', (when) => Math.floor(when.getTime() / 1000)],
  S: [2, '0', (when) => when.getSeconds()],
  u: [1, '0', (when) => when.getDay() || 7],
  U: [2, '0', (when) => Math.floor((dayOfYear(when) - when.getDay() + 7) / 7)],
  V: [2, '0', (when) => weekOf(when).week],
  w: [1, '0', (when) => when.getDay()],
  W: [2, '0', (when) => Math.floor((dayOfYear(when) - ((when.getDay() + 6) % 7) + 7) / 7)],
  y: [2, '0', (when) => when.getFullYear() % 100],
  Y: [4, '0', (when) => when.getFullYear()],
}

/** The abbreviation of the local time zone at an instant (`CET`, `CEST`), which Node itself does not know. */
export type ZoneName = (when: Date) => string

/** `template` with its conversions replaced; `when` is shown in the time zone of the process, from the year 1970 on. */
export function strftime(template: string, when: Date, zoneName: ZoneName): string {
  return template.replace(
    /%([_\-0^#]*)(\d*)([EO]?)([A-Za-z%])/g,
    (whole, flags: string, width: string, modifier: string, conversion: string) => {
      if (modifier !== '' && !(modifier === 'E' ? WITH_E : WITH_O).includes(conversion)) return whole
      const text = convert(conversion, flags, Number(width), when, zoneName)
      return text ?? whole
    },
  )
}

function convert(conversion: string, flags: string, width: number, when: Date, zoneName: ZoneName): string | null {
  // Of several the last one counts.
  const pad = flags.match(/[_\-0]/g)?.at(-1)
  const number = NUMBERS[conversion]
  if (number !== undefined) {
    const [digits, usual, value] = number
    const length = pad === '-' ? 0 : Math.max(digits, width)
    return String(value(when)).padStart(length, (pad ?? usual) === '_' ? ' ' : '0')
  }
  const composite = COMPOSITE[conversion]
  let text = conversion === '%' ? '%' : TEXTS[conversion]?.(when, zoneName)
  if (composite !== undefined) text = strftime(composite, when, zoneName)
  if (text === undefined) return null
  if (flags.includes('#')) text = 'pZ'.includes(conversion) ? text.toLowerCase() : text.toUpperCase()
  else if (flags.includes('^') && conversion !== 'P') text = text.toUpperCase()
  return text.padStart(width, pad === '0' ? '0' : ' ')
}

function offset(when: Date): string {
  const minutes = -when.getTimezoneOffset()
  const away = Math.abs(minutes)
  const hhmm = String(Math.floor(away / 60) * 100 + (away % 60)).padStart(4, '0')
  return `${minutes < 0 ? '-' : '+'}${hhmm}`
}

/** Days since the first of January, of which the dates in local time are a day apart, whatever the clocks do. */
function dayOfYear(when: Date): number {
  const year = when.getFullYear()
  return Math.round((Date.UTC(year, when.getMonth(), when.getDate()) - Date.UTC(year, 0, 1)) / DAY_MS)
}

/** The week of ISO 8601, and the year it belongs to: that of its Thursday. */
function weekOf(when: Date): { readonly year: number; readonly week: number } {
  const toThursday = 4 - (when.getDay() || 7)
  const thursday = new Date(Date.UTC(when.getFullYear(), when.getMonth(), when.getDate() + toThursday))
  const year = thursday.getUTCFullYear()
  return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY_MS / 7) + 1 }
}
