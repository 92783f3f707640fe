/** What a live page lets change: the run's end, its rate, a sink's policy. All of it needs the token that was printed at start. */
import type { PageData } from '../model.js'
import { button, el } from './dom.js'

/** Steps of the rate. */
const MORE = 1.1

export class Controls {
  readonly #place: HTMLElement
  readonly #said = el('span', { class: 'said', role: 'status', 'aria-live': 'polite' })
  #token: string | null
  #kind: string | null = null

  constructor(place: HTMLElement) {
    this.#place = place
    this.#token = new URLSearchParams(location.hash.slice(1)).get('token')
    // It would stand in the history and in every link that is passed on.
    if (this.#token !== null) history.replaceState(null, '', location.pathname + location.search)
  }

  /** Puts in what fits; nothing once the run is over. */
  update(data: PageData | null, over: boolean): void {
    const kind = data === null || over ? 'none' : `${data.kind} ${data.head.openLoop} ${this.#token !== null}`
    if (kind === this.#kind) return
    this.#kind = kind
    if (data === null || over) return this.#place.replaceChildren()
    if (this.#token === null) return this.#place.replaceChildren(this.#ask(data))
    const buttons: HTMLElement[] = []
    if (data.head.openLoop)
      buttons.push(
        button(
          'Rate −',
          { title: 'A tenth less', 'aria-label': 'Rate down by a tenth' },
          () => void this.#rate(1 / MORE),
        ),
        button('Rate +', { title: 'A tenth more', 'aria-label': 'Rate up by a tenth' }, () => void this.#rate(MORE)),
      )
    if (data.kind === 'sink') buttons.push(button('Policy …', {}, () => void this.#policy()))
    buttons.push(button('Stop', { class: 'stop' }, () => void this.#stop()))
    this.#place.replaceChildren(...buttons, this.#said)
  }

  #ask(data: PageData): HTMLElement {
    const input = el('input', {
      type: 'password',
      placeholder: 'token',
      'aria-label': 'Token that was printed at start',
      autocomplete: 'off',
      size: '8',
    })
    const form = el('form', { class: 'token' }, input, el('button', { type: 'submit' }, 'Control'))
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#token = input.value.trim() || null
      this.update(data, false)
    })
    return form
  }

  async #stop(): Promise<void> {
    if (!confirm('Stop now? What is under way is finished, and the summary is printed.')) return
    await this.#send('POST', 'stop')
  }

  /** Sends it; whether it was taken. */
  async #send(method: string, name: string, body?: unknown): Promise<boolean> {
    try {
      const answer = await fetch(`api/${name}`, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const told = (await answer.json()) as { error?: string } | null
      if (answer.status === 401) this.#token = null
      this.#said.textContent = answer.ok ? 'done' : (told?.error ?? `refused (${answer.status})`)
      return answer.ok
    } catch {
      this.#said.textContent = 'nobody answers'
      return false
    }
  }

  /** The scale is one of the planned rate: so much more than now. */
  async #rate(factor: number): Promise<void> {
    const now = await read('rate')
    const scale = typeof now === 'object' && now !== null ? (now as { scale?: unknown }).scale : 1
    await this.#send('PUT', 'rate', { scale: Number(((typeof scale === 'number' ? scale : 1) * factor).toFixed(3)) })
  }

  async #policy(): Promise<void> {
    const now = await read('policy')
    const text = el('textarea', {
      rows: '18',
      cols: '60',
      spellcheck: 'false',
      'aria-label': 'Policy as JSON; null for none',
    })
    text.value = JSON.stringify(now, null, 2)
    const wrong = el('p', { class: 'wrong', role: 'alert' })
    const dialog = el('dialog', { 'aria-label': 'Policy of the sink' }, el('h2', {}, 'Policy'), text, wrong)
    const put = async () => {
      let body: unknown
      try {
        body = JSON.parse(text.value)
      } catch {
        wrong.textContent = 'This is no JSON.'
        return
      }
      if (await this.#send('PUT', 'policy', body)) dialog.close()
      else wrong.textContent = this.#said.textContent
    }
    dialog.append(
      el(
        'p',
        {},
        button('Take it', {}, () => void put()),
        button('Leave it', {}, () => dialog.close()),
      ),
    )
    dialog.addEventListener('close', () => dialog.remove())
    document.body.append(dialog)
    dialog.showModal()
  }
}

/** What stands there now; null: nobody answers. */
async function read(name: string): Promise<unknown> {
  try {
    return (await (await fetch(`api/${name}`)).json()) as unknown
  } catch {
    return null
  }
}
