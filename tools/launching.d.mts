import type { ServiceName } from './fleet.mjs';

/** Types of launching.mjs for tests written in TypeScript. */
export function nodeFlags(name: ServiceName): string[];
export function processVariables(name: ServiceName, env?: NodeJS.ProcessEnv): Record<string, string>;
export const nodeVariables: readonly string[];
/** Seconds between being taken out of service and SIGTERM, and from there to SIGKILL. */
export function stopping(name: ServiceName): { preStopSeconds: number; graceSeconds: number };
