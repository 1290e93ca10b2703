import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Figures of one run: to stderr, and kept in .local/test/crash/<name>/crash-report.json. */
export function report(name: string, figures: Record<string, unknown>): void {
  const dir = join('.local', 'test', 'crash', name);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'crash-report.json'), `${JSON.stringify(figures, null, 2)}\n`);
  say(`${name}: ${JSON.stringify(figures)}`);
}

export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** A number from the environment, or its short form for CI. */
export const setting = (name: string, short: number): number => Number(process.env[name] ?? short);
