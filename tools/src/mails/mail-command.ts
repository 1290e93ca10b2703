import { parseArgs } from 'node:util';

export type MailState = 'unknown' | 'failed';

export type MailCommand =
  { kind: 'list'; states: MailState[]; limit: number } | { kind: 'resend' | 'drop'; ids: string[] };

export const usage = `usage:
  mails list [--state unknown|failed] [--limit n]
  mails resend <id...>
  mails drop <id...> --yes
unknown: the provider was called and nobody knows whether the mail went; resend mails it again, drop lets it be
failed: its content is gone; requeueActions asks for such a mail again
newest first, 50 of them unless --limit says otherwise
server: DATABASE_URL, else that of a running npm start`;

/** What was typed is none of the commands. */
export class UsageError extends Error {
  readonly code = 'mails.usage';
}

const states: readonly MailState[] = ['unknown', 'failed'];
const longestNumber = /^[1-9][0-9]{0,17}$/;

/** Throws UsageError. */
export function parseMailCommand(args: string[]): MailCommand {
  const { values, positionals } = read(args);
  const [verb, ...ids] = positionals;
  switch (verb) {
    case 'list': {
      if (ids.length > 0) throw new UsageError(`what is "${ids[0]}"?`);
      const state = states.find((known) => known === values.state);
      if (values.state !== undefined && !state) throw new UsageError(`no state "${values.state}"`);
      return { kind: 'list', states: state ? [state] : [...states], limit: Number(wholeNumber(values.limit ?? '50')) };
    }
    case 'resend':
      return { kind: 'resend', ids: someIds(ids) };
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
      options: { state: { type: 'string' }, limit: { type: 'string' }, yes: { type: 'boolean', default: false } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function someIds(ids: string[]): string[] {
  if (ids.length === 0) throw new UsageError('which ones?');
  return ids.map(wholeNumber);
}

function wholeNumber(text: string): string {
  if (!longestNumber.test(text)) throw new UsageError(`"${text}" is no number`);
  return text;
}
