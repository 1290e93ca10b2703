import { parseArgs } from 'node:util';
import type { OwnedSchema } from '@groundswell/persistence';

/** Every owner has a table `parked`. A record, so that a new schema cannot be forgotten here. */
const owners: Record<OwnedSchema, true> = {
  catalog: true,
  actions: true,
  topology: true,
  notify: true,
  mail: true,
  stats: true,
  mtt: true,
  forwarder: true,
};
export const ownerSchemas = Object.keys(owners) as OwnedSchema[];

export interface ParkedFilter {
  queue?: string;
  reason?: string;
}

export type ParkedCommand =
  | { kind: 'list'; schemas: OwnedSchema[]; filter: ParkedFilter; limit: number }
  | { kind: 'show'; schema: OwnedSchema; id: string }
  | { kind: 'replay'; schema: OwnedSchema; ids: string[] }
  | { kind: 'replay-all'; schema: OwnedSchema; filter: ParkedFilter & { queue: string } }
  | { kind: 'drop'; schema: OwnedSchema; ids: string[] };

export const usage = `usage:
  parked list [--schema s] [--queue q] [--reason r] [--limit n]
  parked show <schema> <id>
  parked replay <schema> <id...>
  parked replay <schema> --all --queue q [--reason r]
  parked drop <schema> <id...> --yes
schemas: ${ownerSchemas.join(', ')}; newest first, 50 of them unless --limit says otherwise
servers: DATABASE_URL and AMQP_URL, else those of a running npm start`;

/** What was typed is none of the commands. */
export class UsageError extends Error {
  readonly code = 'parked.usage';
}

/** Throws UsageError. */
export function parseParkedCommand(args: string[]): ParkedCommand {
  const { values, positionals } = read(args);
  const [verb, ...rest] = positionals;
  const filter = { queue: values.queue, reason: values.reason };
  const allowed = optionsOf(verb);
  const stray = Object.keys(values).find((option) => !allowed.includes(option));
  if (stray) throw new UsageError(`--${stray} is not an option of ${verb}`);
  if (verb === 'list') {
    if (rest.length > 0) throw new UsageError(`what is "${rest[0]}"?`);
    const schemas = values.schema === undefined ? ownerSchemas : [schemaOf(values.schema)];
    return { kind: 'list', schemas, filter, limit: Number(wholeNumber(values.limit ?? '50')) };
  }
  const schema = schemaOf(rest[0]);
  const ids = [...new Set(rest.slice(1).map(wholeNumber))];
  if (verb === 'replay' && values.all) {
    if (ids.length > 0) throw new UsageError('ids or --all, not both');
    if (!filter.queue) throw new UsageError('--all needs --queue: messages of one queue at a time');
    return { kind: 'replay-all', schema, filter: { ...filter, queue: filter.queue } };
  }
  if (filter.queue ?? filter.reason) throw new UsageError('--queue and --reason go with --all');
  const [id] = ids;
  if (!id) throw new UsageError('which ids?');
  if (verb === 'replay') return { kind: 'replay', schema, ids };
  if (verb === 'drop') {
    if (!values.yes) throw new UsageError('a dropped message is gone for good: say --yes');
    return { kind: 'drop', schema, ids };
  }
  if (ids.length > 1) throw new UsageError('one at a time');
  return { kind: 'show', schema, id };
}

function read(args: string[]) {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    const options = { schema: text, queue: text, reason: text, limit: text, all: flag, yes: flag };
    return parseArgs({ args, allowPositionals: true, options });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function optionsOf(verb: string | undefined): string[] {
  switch (verb) {
    case 'list':
      return ['schema', 'queue', 'reason', 'limit'];
    case 'replay':
      return ['all', 'queue', 'reason'];
    case 'drop':
      return ['yes'];
    case 'show':
      return [];
    default:
      throw new UsageError(verb === undefined ? 'what to do?' : `what is "${verb}"?`);
  }
}

function schemaOf(text: string | undefined): OwnedSchema {
  const schema = ownerSchemas.find((name) => name === text);
  if (!schema) throw new UsageError(text === undefined ? 'which schema?' : `no schema "${text}"`);
  return schema;
}

function wholeNumber(text: string): string {
  if (!/^[1-9]\d{0,17}$/.test(text)) throw new UsageError(`"${text}" is no whole number above 0`);
  return text;
}
