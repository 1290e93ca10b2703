import { randomUUID } from 'node:crypto';
import { exchanges, orgEventKey, systemEventSuffix } from '@groundswell/contracts';
import type { OutboxMessage } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import { systemEventBody } from '../system-events/system-event';

const eventType = 'new_user';

/** Tells the instance org of a new account (processing.md §6.4). Null while there is no such org. */
export async function newUserEvent(
  manager: EntityManager,
  instanceOrgName: string,
  email: string,
): Promise<OutboxMessage | null> {
  const rows: { id: number; name: string }[] = await manager.query(
    'select id, name from catalog.orgs where name = $1 and deleted_at is null',
    [instanceOrgName],
  );
  const org = rows[0];
  if (!org) return null;
  const body = systemEventBody(eventType, { email });
  const routingKey = orgEventKey(org.name, systemEventSuffix(eventType));
  return {
    messageId: `event:${randomUUID()}`,
    lane: org.id,
    exchange: exchanges.event,
    routingKey,
    type: body.schema,
    headers: { org_id: org.id, org: org.name, event_type: eventType, routing_key: routingKey },
    body: JSON.stringify(body),
  };
}
