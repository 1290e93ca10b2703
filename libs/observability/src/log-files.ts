import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pino, stdTimeFunctions } from 'pino';
import type { DestinationStream } from 'pino';

/** Names of email-and-mtt.md §8.4. */
const errorFile = 'error.log';
const auditFile = 'audit.log';

/** One change that a person made: whose, of what, and which attributes. Never values that tell of a person. */
export interface AuditLine {
  actorId: string;
  resource: string;
  resourceId: string;
  changeset: object;
  requestId?: string;
  traceId?: string;
}

/** The files of LOGS_DIR. Several processes may share them: each line is appended by one write. */
export class LogFiles {
  readonly errors: DestinationStream;
  private readonly audits: ReturnType<typeof pino>;

  /** Throws when nothing can be written there. */
  constructor(dir: string, service: string) {
    prepare(dir);
    this.errors = appendTo(join(dir, errorFile));
    const options = { base: { service }, timestamp: stdTimeFunctions.isoTime, formatters: { level: levelName } };
    this.audits = pino(options, appendTo(join(dir, auditFile)));
  }

  /** Whatever LOG_LEVEL says. */
  audit(line: AuditLine): void {
    this.audits.info(line, 'audit');
  }
}

const levelName = (level: string) => ({ level });

/** Written at once: the last line before an end is the one that is looked for. */
const appendTo = (dest: string) => pino.destination({ dest, append: true, sync: true });

function prepare(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true });
    accessSync(dir, constants.W_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`LOGS_DIR: cannot write to ${dir}: ${reason}`, { cause });
  }
}
