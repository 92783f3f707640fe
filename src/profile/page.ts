/** The flame graph and its tables as one page that fetches nothing. */
import { standalone } from '../report/page/standalone.js'
import type { ProfileDocument } from './shape.js'
import { profileText } from './summary.js'

/** `script` is the compiled `browser/main.ts`. Names of functions and the command line come from elsewhere: they are data in the page, never markup. */
export function profilePage(profile: ProfileDocument, script: string): string {
  return standalone({
    title: 'Stampede profile',
    script,
    data: profile,
    summary: profileText(profile, []),
    connects: false,
  })
}
