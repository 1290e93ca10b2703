import type { OwnedSchema } from '@groundswell/persistence';
import type { ParkedCommand } from './parked-command';
import type { ParkedRows } from './parked-rows';
import { listText, rowText } from './parked-text';
import type { Replayer } from './replayer';

export interface CommandParts {
  rows: ParkedRows;
  /** Connects: only replaying needs the broker. */
  openReplayer: () => Promise<Replayer>;
  /** One answer, for standard output. */
  say: (text: string) => void;
  /** Warnings and failures, beside the answer. */
  warn: (text: string) => void;
}

/** Returns whether all of it was done. */
export async function runCommand(command: ParkedCommand, parts: CommandParts): Promise<boolean> {
  const { rows, say, warn } = parts;
  switch (command.kind) {
    case 'list': {
      const found = await rows.list(command.schemas, command.filter, command.limit);
      say(listText(found.rows, found.total));
      return true;
    }
    case 'show': {
      const row = await rows.find(command.schema, command.id);
      if (!row) return complain(warn, command.schema, command.id, 'is not there');
      warn('what follows may be personal data: do not copy it into tickets, chats or logs');
      say(rowText(row));
      return true;
    }
    case 'replay':
      return replay(command.schema, command.ids, parts);
    case 'replay-all':
      // Those that are there now: one that is parked again meanwhile is a new row, for another time.
      return replay(command.schema, await rows.ids(command.schema, command.filter), parts);
    case 'drop':
      return drop(command.schema, command.ids, parts);
  }
}

async function replay(schema: OwnedSchema, ids: readonly string[], parts: CommandParts): Promise<boolean> {
  const { rows, say, warn } = parts;
  if (ids.length === 0) {
    say('nothing to replay');
    return true;
  }
  const replayer = await parts.openReplayer();
  let replayed = 0;
  try {
    for (const id of ids) {
      try {
        const isThere = await rows.take(schema, id, async (row) => {
          await replayer.publish(row, await rows.homeOf(row));
        });
        if (isThere) replayed += 1;
        else complain(warn, schema, id, 'is not there');
      } catch (error) {
        complain(warn, schema, id, `stays parked: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    await replayer.close().catch(() => undefined);
  }
  say(`${replayed} of ${ids.length} replayed`);
  return replayed === ids.length;
}

async function drop(schema: OwnedSchema, ids: readonly string[], { rows, say, warn }: CommandParts): Promise<boolean> {
  let dropped = 0;
  for (const id of ids) {
    const isThere = await rows.take(schema, id, ({ queue, messageId, reason }) => {
      say(`dropped ${schema} ${id}: ${messageId} of ${queue} (${reason})`);
      return Promise.resolve();
    });
    if (isThere) dropped += 1;
    else complain(warn, schema, id, 'is not there');
  }
  return dropped === ids.length;
}

function complain(warn: (text: string) => void, schema: string, id: string, what: string): false {
  warn(`${schema} ${id} ${what}`);
  return false;
}
