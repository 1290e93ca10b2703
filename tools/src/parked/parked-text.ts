import type { ListedRow, ParkedRow } from './parked-rows';

/** One line per row, columns apart by tabs, so that cut and awk work on it. */
export const listText = (rows: readonly ListedRow[], total: number): string =>
  [
    ['schema', 'id', 'queue', 'message id', 'reason', 'parked at', 'bytes'].join('\t'),
    ...rows.map(({ schema, id, queue, messageId, reason, parkedAt, bytes }) =>
      [schema, id, queue, messageId, reason, parkedAt.toISOString(), bytes].map(oneLine).join('\t'),
    ),
    rows.length < total ? `${rows.length} of ${total}` : `${total} in all`,
  ].join('\n');

export const rowText = (row: ParkedRow): string =>
  [
    `schema      ${row.schema}`,
    `id          ${row.id}`,
    `queue       ${row.queue}`,
    `message id  ${oneLine(row.messageId)}`,
    `reason      ${oneLine(row.reason)}`,
    `parked at   ${row.parkedAt.toISOString()}`,
    `details     ${JSON.stringify(row.details)}`,
    `headers     ${JSON.stringify(row.headers, null, 2)}`,
    `body        ${row.body.length} bytes`,
    bodyText(row.body),
  ].join('\n');

/** Pretty JSON, else the text as it is with its control characters escaped, else base64. */
function bodyText(body: Buffer): string {
  const text = body.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(body)) return `base64: ${body.toString('base64')}`;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Not JSON: that may be why it is parked.
    return escaped(text);
  }
}

/** Messages come from anywhere: a terminal must not obey them. */
const escaped = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (sign) => JSON.stringify(sign).slice(1, -1));

const oneLine = (value: unknown): string => escaped(String(value)).replace(/[\t\n]/g, ' ');
