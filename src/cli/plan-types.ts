/** A plan file as types: what `definePlan` takes. */

/** One stage of a load: a rate or a number of sessions, level or from one to another, and how long. */
export type PlanStage =
  | { readonly rate: string | number; readonly sessions?: never; readonly for: string }
  | { readonly sessions: string | number; readonly rate?: never; readonly for: string }

/** One type of mail by the options of the group Mail, or clients that misbehave; as often as the weight says. */
export interface PlanPart {
  /** 1 unless given. */
  readonly weight?: number
  readonly fault?: 'slow-client' | 'malformed' | 'abort' | 'half-open'
  readonly size?: number | string
  readonly recipients?: number | string
  readonly corpus?: string | readonly string[]
  readonly [option: string]: unknown
}

/** Every long option of `stampede source` is a key, in camel case or as it is. `stampede run --print-schema` lists them. */
export interface PlanFile {
  /** Host and port, URL or unix:/path. */
  readonly target?: string
  readonly sessions?:
    | number
    | string
    | {
        readonly max?: number | string
        readonly min?: number | string
        readonly messagesEach?: number | string
        readonly rampUp?: string
        readonly rampDown?: string
      }
  /** Stages, one after the other; or options of the load, with stages among them. */
  readonly load?: readonly PlanStage[] | { readonly stages?: readonly PlanStage[]; readonly [option: string]: unknown }
  readonly mix?: readonly PlanPart[]
  /** For instance `message.p99 < 50ms`. */
  readonly thresholds?: string | readonly string[]
  /** For instance `json=result.json`. */
  readonly out?: string | readonly string[]
  readonly tags?: Readonly<Record<string, string | number | boolean>>
  readonly [option: string]: unknown
}

/** A plan, or a function that makes it when it is wanted. */
export type PlanSource = PlanFile | (() => PlanFile | Promise<PlanFile>)
