/** Failures that a caller would treat differently, each with a stable `code` and the exit status it stands for. */
export class StampedeError extends Error {
  readonly code: string
  readonly exitStatus: number

  constructor(code: string, message: string, exitStatus: number) {
    super(message)
    this.name = 'StampedeError'
    this.code = code
    this.exitStatus = exitStatus
  }
}

/** Wrong flags, plan or call: one sentence that names the option and what would be right. Exit status 2. */
export class UsageError extends StampedeError {
  constructor(message: string) {
    super('ERR_STAMPEDE_USAGE', message, 2)
    this.name = 'UsageError'
  }
}

/** The run could not be done: nobody listens, a name does not resolve, a worker is gone. Exit status 1. */
export class RunError extends StampedeError {
  constructor(message: string) {
    super('ERR_STAMPEDE_RUN', message, 1)
    this.name = 'RunError'
  }
}
