import { parseArgs } from 'node:util';
import { UsageError } from '../runs/run-client';

export interface ImportArguments {
  from: string;
  to: string;
  /** Of the old tables. */
  schema: string;
  undelivered: 'leave' | 'deliver';
  isDry: boolean;
  isJson: boolean;
}

export const usage = `usage:
  proca-import [--from URL] [--to URL] [--schema NAME] [--undelivered leave|deliver] [--dry-run] [--json]
--from (else PROCA_DATABASE_URL): the old server's database, for which SELECT is enough
--to (else DATABASE_URL): the new one, as its owner, migrated, no service started on it
--schema: where the old tables, or views like them, are; default public
--undelivered deliver: actions the old server has not delivered are delivered once the fleet starts; default: they stay as they are
--dry-run: reads and judges all, writes nothing
environment: ENVELOPE_KEY or ENVELOPE_KEY_FILE, FINGERPRINT_SEED, ORG_NAME, as api-gateway has them
exit: 0 all there and checked, 1 not finished (run it again), 2 wrong command, 3 rows were left out or the check found differences`;

/** From the environment, where no other user of the machine sees them. */
export interface GivenDatabases {
  from?: string;
  to?: string;
}

/** Throws UsageError, and what parseArgs throws. */
export function readArguments(args: readonly string[], given: GivenDatabases = {}): ImportArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      schema: { type: 'string', default: 'public' },
      undelivered: { type: 'string', default: 'leave' },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const [from, to] = [databaseOf(values.from ?? given.from, 'from'), databaseOf(values.to ?? given.to, 'to')];
  if (from === to) throw new UsageError('--from and --to are the same database');
  const { undelivered } = values;
  if (undelivered !== 'leave' && undelivered !== 'deliver') {
    throw new UsageError(`--undelivered is leave or deliver, not "${undelivered}"`);
  }
  return { from, to, schema: values.schema, undelivered, isDry: values['dry-run'], isJson: values.json };
}

/** The text is not repeated: it holds a password. */
function databaseOf(url: string | undefined, name: string): string {
  if (!url) throw new UsageError(`--${name} is missing`);
  if (!/^postgres(ql)?:\/\//.test(url)) throw new UsageError(`--${name} is no postgres:// URL`);
  return url;
}
