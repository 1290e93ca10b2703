import type { OutboxMessage } from '@groundswell/persistence';

/** A message for our own services: lane 0. */
export const ownMessage = (
  messageId: string,
  exchange: string,
  routingKey: string,
  body: { schema: string },
): OutboxMessage => ({
  messageId,
  lane: 0,
  exchange,
  routingKey,
  type: body.schema,
  headers: {},
  body: JSON.stringify(body),
});
