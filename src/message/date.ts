const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * The `Date:` of RFC 5322 section 3.3 as Postfix writes it: local time, English names, numeric offset, and the zone's
 * abbreviation as a comment: `Sun, 01 Nov 2026 13:23:21 +0000 (UTC)`.
 */
export function formatDate(when: Date, zoneName: string): string {
  const offset = -when.getTimezoneOffset()
  const minutes = Math.abs(offset)
  const sign = offset < 0 ? '-' : '+'
  const zone = `${sign}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`
  const day = `${DAYS[when.getDay()]}, ${two(when.getDate())} ${MONTHS[when.getMonth()]} ${when.getFullYear()}`
  return `${day} ${two(when.getHours())}:${two(when.getMinutes())}:${two(when.getSeconds())} ${zone} (${zoneName})`
}

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n)
}
