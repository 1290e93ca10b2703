/** Texts shown to users; stable, clients compare them (graphql-api.md 1.6). */
export const blankError = "can't be blank";
export const formatError = 'has invalid format';
export const invalidError = 'is invalid';
export const ageError = 'Age below limit';
export const fieldsError = 'must be a map of string to values of strings or numbers, or lists of them';
export const positiveError = 'must be positive';
export const currencyError = 'does not exist';
export const mttError = 'Campaign does not support MTT';
export const tooLargeError = 'is too large';

export const tooLongError = (maxLength: number): string => `should be at most ${maxLength} character(s)`;
