/** The extensions of EHLO replies: servers say the same every time, so the last one is remembered. */
import { readExtensions } from '../smtp/extensions.js'

export class Offers {
  private text = ''
  private extensions = 0

  /** The extensions that a whole reply offers, as bits (`smtp/extensions.ts`). */
  of(reply: string): number {
    if (reply !== this.text) {
      this.text = reply
      this.extensions = readExtensions(reply)
    }
    return this.extensions
  }
}
