/** Types of ports.mjs for tests written in TypeScript. */
export function findFreePort(): Promise<number>;
