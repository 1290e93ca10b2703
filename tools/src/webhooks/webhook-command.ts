import { parseArgs } from 'node:util';

export type WebhookCommand = { kind: 'list'; limit: number } | { kind: 'replay' | 'drop'; ids: string[] };

export const usage = `usage:
  webhooks list [--limit n]
  webhooks replay <id...>
  webhooks drop <id...> --yes
events that providers pushed and that could not be applied; replay tries them again at once, drop forgets them
oldest first, 50 of them unless --limit says otherwise
server: DATABASE_URL, else that of a running npm start`;

/** What was typed is none of the commands. */
export class UsageError extends Error {
  readonly code = 'webhooks.usage';
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Throws UsageError. */
export function parseWebhookCommand(args: string[]): WebhookCommand {
  const { values, positionals } = read(args);
  const [verb, ...ids] = positionals;
  switch (verb) {
    case 'list':
      if (ids.length > 0) throw new UsageError(`what is "${ids[0]}"?`);
      return { kind: 'list', limit: limitOf(values.limit) };
    case 'replay':
      return { kind: 'replay', ids: someIds(ids) };
    case 'drop':
      if (!values.yes) throw new UsageError('drop cannot be undone: say --yes');
      return { kind: 'drop', ids: someIds(ids) };
    default:
      throw new UsageError(verb === undefined ? 'what shall it do?' : `no command "${verb}"`);
  }
}

function read(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { limit: { type: 'string', default: '50' }, yes: { type: 'boolean', default: false } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function limitOf(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`"${text}" is no number of rows`);
  return Number(text);
}

function someIds(ids: string[]): string[] {
  if (ids.length === 0) throw new UsageError('which ones?');
  const wrong = ids.find((id) => !uuid.test(id));
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is no id`);
  return ids;
}
