/** Provides the SubmissionBuilder of rows, or null where imports are not configured. */
export const rowSubmissions = Symbol('rowSubmissions');
