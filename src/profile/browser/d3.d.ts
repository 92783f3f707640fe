/** The parts of the two libraries that are used; neither comes with types. */
declare module 'd3-selection' {
  export interface Selection {
    datum(data: unknown): Selection
    call(chart: unknown): Selection
  }
  export function select(element: Element): Selection
}

declare module 'd3-flame-graph' {
  /** A rectangle of the chart. */
  export interface Rectangle<T> {
    readonly data: T
    readonly value: number
    readonly highlight?: boolean
  }
  export interface FlameGraph<T> {
    width(pixels: number): this
    cellHeight(pixels: number): this
    minFrameSize(pixels: number): this
    transitionDuration(ms: number): this
    inverted(down: boolean): this
    title(text: string): this
    setColorMapper(map: (rectangle: Rectangle<T>) => string): this
    setLabelHandler(label: (rectangle: Rectangle<T>) => string): this
    setDetailsElement(element: Element): this
    setSearchMatch(match: (rectangle: Rectangle<T>, term: string) => boolean): this
    setSearchHandler(handler: (found: readonly Rectangle<T>[], sum: number, total: number) => void): this
    onClick(handler: (rectangle: Rectangle<T>) => void): this
    search(term: string): void
    clear(): void
    resetZoom(): void
    destroy(): this
  }
  export default function flamegraph<T>(): FlameGraph<T>
}
