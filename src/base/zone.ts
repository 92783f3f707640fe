import { execFileSync } from 'node:child_process'

/**
 * The abbreviation of the local time zone, as strftime's %Z gives it (IST, CET). Node knows only "GMT+5:30" for most, so the system's own
 * date(1) is asked, once a run; without it Node's words have to do.
 */
export function zoneName(when: Date): string {
  if (when.getTimezoneOffset() === 0 && (process.env.TZ === undefined || process.env.TZ === 'UTC')) return 'UTC'
  try {
    const name = execFileSync('date', [`-d@${Math.floor(when.getTime() / 1000)}`, '+%Z'], { encoding: 'latin1' }).trim()
    if (name !== '') return name
  } catch {}
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(when)
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? 'UTC'
}
