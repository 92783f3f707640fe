/** Plots out of sight are drawn one by one when there is time, so that a page is there at once however long its run was. */

const waiting: (() => void)[] = []
let running = false

/** Does it now where the element is in sight or nearly so, else when its turn has come. */
export function whenInSight(element: HTMLElement, work: () => void): void {
  if (element.getBoundingClientRect().top < innerHeight * 1.2) return work()
  waiting.push(work)
  if (running) return
  running = true
  setTimeout(next, 0)
}

function next(): void {
  waiting.shift()?.()
  running = waiting.length > 0
  // A task of its own each: between two of them the page is drawn and listens.
  if (running) setTimeout(next, 0)
}
