/** Types of assemble-image.mjs for tests written in TypeScript. */
export function assembleImage(name: string, target: string, options?: { mayLink?: boolean }): string[];
