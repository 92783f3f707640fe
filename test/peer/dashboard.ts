import { readFileSync } from 'node:fs'

/** What of the Grafana dashboard the suites look at. */
export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource?: { readonly uid: string }
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly {
    readonly refId: string
    readonly expr: string
    readonly legendFormat: string
    readonly datasource: { readonly uid: string }
  }[]
}

export interface Dashboard {
  readonly __inputs: readonly { readonly name: string; readonly type: string; readonly pluginId: string }[]
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition: string }[] }
}

export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(new URL('../../src/serve/grafana/dashboard.json', import.meta.url), 'utf8'))
}

/** All queries, with Grafana's variables filled in as it does. */
export function queriesOf(
  dashboard: Dashboard,
): { readonly panel: string; readonly expr: string; readonly legend: string }[] {
  return dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({
      panel: title,
      expr: expr.replaceAll('$__rate_interval', '5s').replaceAll('$instance', '.*'),
      legend: legendFormat,
    })),
  )
}
