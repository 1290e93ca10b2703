/** A check was not told where to look. */
export class SourceMissingError extends Error {
  readonly code = 'doctor.source_missing';
  constructor(readonly variable: string) {
    super(`not looked at: ${variable} is not set`);
  }
}
