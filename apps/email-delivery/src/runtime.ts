import type { createLogger } from '@groundswell/observability';

export type Logger = ReturnType<typeof createLogger>;
export const appLogger = Symbol('logger');
