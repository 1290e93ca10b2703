/** Thrown by a handler: no further attempt can succeed. The job fails at once and waits for a person. */
export class PermanentJobError extends Error {
  readonly code = 'jobs.permanent';

  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'PermanentJobError';
  }
}

/**
 * Why an attempt must end. stop: the process ends. cancel: a person called the job off. timeout: it took too long. lost:
 * somebody else has the job, or nobody knows whether the last step was committed.
 */
export type AbortReason = 'stop' | 'cancel' | 'timeout' | 'lost';

/** The step was not done, and none of this attempt will be. Handlers let it pass. */
export class StepRefusedError extends Error {
  readonly code = 'jobs.step_refused';

  constructor(readonly reason: AbortReason) {
    super(`step refused: ${reason}`);
    this.name = 'StepRefusedError';
  }
}

/** Job types and handlers do not match one to one. */
export class JobSetupError extends Error {
  readonly code = 'jobs.setup';

  constructor(readonly problems: readonly string[]) {
    super(`job types do not match their handlers: ${problems.join('; ')}`);
    this.name = 'JobSetupError';
  }
}
