// Who looks on at a terminal: the live view, which the space bar holds still and lets go on.
export class View {
  static sentence = 'the live view, five pictures a second on 200 × 50'
  static terminal = true
  #keyboard
  #drawn = 0
  #before = 0
  #on = true

  constructor(_url, run) {
    this.#keyboard = run.stdin
    run.stdout.on('data', (octets) => {
      if (this.#on) this.#drawn += octets.length
      else this.#before += octets.length
    })
  }

  come() {
    this.#press(true)
  }

  leave() {
    this.#press(false)
  }

  get seen() {
    return `${this.#drawn} octets were drawn, and ${this.#before} while it was held still`
  }

  #press(on) {
    if (on !== this.#on && this.#keyboard.writable) this.#keyboard.write(' ')
    this.#on = on
  }
}
