import { randomInt } from 'node:crypto';

/** `length` decimal digits, each equally likely, leading zeros included. */
export const randomDigits = (length: number): string => Array.from({ length }, () => randomInt(10)).join('');
