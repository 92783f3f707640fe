/** The receiver model as data: what a policy file says, checked, with units resolved. */

/** Placeholder until the model's own fields are written. */
export interface Policy {
  readonly seed: string
}
