import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface LogLine {
  service: string;
  level: string;
  /** ISO 8601; empty for one that is no JSON. */
  time: string;
  msg: string;
  text: string;
}

/** A line above info that a run may write, and what it stands for. */
export interface ExplainedLine {
  service?: string;
  msg: RegExp;
  cause: string;
}

const loud = new Set(['warn', 'error', 'fatal']);

/** All lines of all services; one that is no JSON is of level "raw", since only a crash or a library writes such. */
export function readLogs(logDir: string, services: readonly string[]): LogLine[] {
  const files = readdirSync(logDir).filter((file) => services.some((service) => file === `${service}.log`));
  return files.flatMap((file) => {
    const lines = readFileSync(join(logDir, file), 'utf8').split('\n');
    return lines.filter((line) => line.trim() !== '').map((line) => lineOf(file.replace(/\.log$/, ''), line));
  });
}

export const unexplained = (lines: readonly LogLine[], explained: readonly ExplainedLine[]): LogLine[] =>
  lines
    .filter(({ level }) => loud.has(level) || level === 'raw')
    .filter(
      ({ service, msg }) => !explained.some((entry) => (entry.service ?? service) === service && entry.msg.test(msg)),
    );

/** How often each explanation was needed. */
export function countExplained(lines: readonly LogLine[], explained: readonly ExplainedLine[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { service, level, msg } of lines) {
    if (!loud.has(level)) continue;
    const entry = explained.find((one) => (one.service ?? service) === service && one.msg.test(msg));
    if (entry) counts[entry.cause] = (counts[entry.cause] ?? 0) + 1;
  }
  return counts;
}

function lineOf(service: string, text: string): LogLine {
  try {
    const { level, time, msg } = JSON.parse(text) as { level?: string; time?: string; msg?: string };
    return { service, level: level ?? 'raw', time: time ?? '', msg: msg ?? '', text };
  } catch {
    return { service, level: 'raw', time: '', msg: text, text };
  }
}
