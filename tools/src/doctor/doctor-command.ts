import { parseArgs } from 'node:util';
import { UsageError } from '../runs/run-client';
import type { DoctorSettings } from './check';

export interface DoctorCommand {
  /** Ids; null: all. */
  only: string[] | null;
  skip: string[];
  isJson: boolean;
  isStrict: boolean;
  isList: boolean;
  settings: DoctorSettings;
}

export const usage = `usage:
  doctor [--json] [--strict] [--cluster] [--only CHECK,…] [--skip CHECK,…]
         [--actions N|all] [--campaigns N|all] [--parked-after MINUTES] [--unread-after HOURS] [--settle SECONDS]
  doctor --list
exit code 0: healthy; 1: faults; 2: something could not be looked at. --strict: notices are faults; --cluster: so is a missing spare
servers: DATABASE_URL, AMQP_MANAGEMENT_URL (and AMQP_URL, for its vhost), REDIS_URL, SERVICE_URLS (name=url,…), ENVELOPE_KEY or
ENVELOPE_KEY_FILE, ORG_NAME; where none is set, those of a running npm start`;

/** Two reports of a quorum queue, which makes one every 5 s, and what it takes to collect them. */
const defaultSettleSeconds = '12';
const options = {
  json: { type: 'boolean', default: false },
  strict: { type: 'boolean', default: false },
  cluster: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  only: { type: 'string' },
  skip: { type: 'string' },
  actions: { type: 'string', default: '200000' },
  campaigns: { type: 'string', default: '50' },
  'parked-after': { type: 'string', default: '60' },
  'unread-after': { type: 'string', default: '24' },
  settle: { type: 'string', default: defaultSettleSeconds },
} as const;

export function parseDoctorCommand(args: string[]): DoctorCommand {
  const { values } = parseArgs({ args, options });
  return {
    only: values.only === undefined ? null : idsOf(values.only),
    skip: values.skip === undefined ? [] : idsOf(values.skip),
    isJson: values.json,
    isStrict: values.strict,
    isList: values.list,
    settings: {
      settleMs: numberOf('settle', values.settle) * 1_000,
      parkedAfterMs: numberOf('parked-after', values['parked-after']) * 60_000,
      unreadAfterMs: numberOf('unread-after', values['unread-after']) * 3_600_000,
      newestActions: countOf('actions', values.actions),
      campaigns: countOf('campaigns', values.campaigns),
      isCluster: values.cluster,
    },
  };
}

/** Keeps the order of `all`. Throws UsageError for an id that no check has. */
export function chosenChecks<C extends { id: string }>(
  all: readonly C[],
  { only, skip }: Pick<DoctorCommand, 'only' | 'skip'>,
): C[] {
  const ids = all.map(({ id }) => id);
  for (const id of [...(only ?? []), ...skip]) {
    if (!ids.includes(id)) throw new UsageError(`no check "${id}": ${ids.join(', ')}`);
  }
  return all.filter(({ id }) => (only === null || only.includes(id)) && !skip.includes(id));
}

const idsOf = (text: string): string[] =>
  text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');

function numberOf(name: string, text: string): number {
  if (!/^[0-9]{1,6}(\.[0-9]{1,3})?$/.test(text)) throw new UsageError(`--${name}: "${text}" is no number`);
  return Number(text);
}

const countOf = (name: string, text: string): number => {
  if (text === 'all') return Infinity;
  if (!/^[1-9][0-9]{0,11}$/.test(text)) throw new UsageError(`--${name}: "${text}" is neither a count nor all`);
  return Number(text);
};
