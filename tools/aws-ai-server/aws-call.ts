/** Input of an operation, as JSON has it. */
export type AwsInput = Record<string, unknown>;

/** What an operation says: its answer, or how AWS names its refusal. */
export type AwsOutput = { answer: object } | { error: string; message: string; status?: number };
