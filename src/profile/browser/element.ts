/** An element with its class, text and children; text never becomes markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { text, class: name, title }: { readonly text?: string; readonly class?: string; readonly title?: string } = {},
  children: readonly Node[] = [],
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  if (name !== undefined) made.className = name
  if (text !== undefined) made.textContent = text
  if (title !== undefined) made.title = title
  made.append(...children)
  return made
}
