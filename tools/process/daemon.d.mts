/** Types of daemon.mjs for tests written in TypeScript. */
export interface DaemonOptions {
  log: string;
  env: Record<string, string>;
  cwd?: string;
  uid?: number;
  gid?: number;
  pidFile?: string;
}

export interface Daemon {
  readonly pid: number;
  readonly identity: unknown;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  lastWords(): string;
  hasEnded(): boolean;
}

export function spawnDaemon(command: string, args: readonly string[], options: DaemonOptions): Daemon;
export function endProcess(identity: unknown, options?: { graceMs?: number }): Promise<'gone' | 'stopped' | 'killed'>;
