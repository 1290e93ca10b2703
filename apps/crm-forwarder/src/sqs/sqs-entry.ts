import type { SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import type { OutgoingPush } from '../pushing/push-backend';

/** One push as an entry of a call, and what SQS counts of it: the bytes of its body and of its attributes. */
export interface SqsEntry {
  position: number;
  entry: SendMessageBatchRequestEntry & { Id: string; MessageBody: string };
  bytes: number;
}

/** All messages of one call together (processing.md §8.3). */
export const maxCallBytes = 256 * 1024;

const attributeType = 'String';
/** All that SQS takes: tab, line feed, carriage return, and from U+0020 on all but surrogates, U+FFFE and U+FFFF. */
const refusedCharacters = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** The Id is the push's position: an actionId is null or repeated for events, and SQS refuses such a batch whole. */
export function entryOf({ body }: OutgoingPush, position: number): SqsEntry {
  const attributes = attributesOf(body);
  const entry = {
    Id: String(position),
    MessageBody: escapeRefused(body),
    MessageAttributes: Object.fromEntries(
      attributes.map(([name, value]) => [name, { DataType: attributeType, StringValue: value }]),
    ),
  };
  const texts = [entry.MessageBody, ...attributes.flatMap(([name, value]) => [name, attributeType, value])];
  return { position, entry, bytes: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) };
}

/** As few calls as the size allows, in order. An entry beyond the limit alone stays alone. */
export function callsBySize(entries: readonly SqsEntry[]): SqsEntry[][] {
  const calls: SqsEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const last = calls.at(-1);
    if (last && bytes + entry.bytes <= maxCallBytes) {
      last.push(entry);
      bytes += entry.bytes;
    } else {
      calls.push([entry]);
      bytes = entry.bytes;
    }
  }
  return calls;
}

/** What a reader may sort messages by without opening them. SQS refuses an empty value. */
function attributesOf(body: string): [string, string][] {
  const message = asObject(parse(body));
  const found: [string, unknown][] = [
    ['Schema', message.schema],
    ['Stage', message.stage],
    ['CampaignName', asObject(message.campaign).name],
    ['ActionType', asObject(message.action).actionType],
    ['EventType', message.eventType],
  ];
  return found.flatMap(([name, value]) =>
    typeof value === 'string' && value !== '' ? [[name, value.replace(refusedCharacters, '\u{FFFD}')]] : [],
  );
}

/** In JSON text they stand in strings only, where the escape means the same character. */
const escapeRefused = (body: string): string =>
  body.replace(refusedCharacters, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Not JSON, so without attributes: whether it is pushed was decided when it was taken over.
    return null;
  }
}

const asObject = (value: unknown): Record<string, unknown> =>
  value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
