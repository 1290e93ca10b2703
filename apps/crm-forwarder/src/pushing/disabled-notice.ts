import type { EntityManager } from 'typeorm';
import { exchanges, factKeys, type EndpointDisabledV1, type MailRequestV1 } from '@groundswell/contracts';
import {
  mailRequestMessage,
  type OutboxMessage,
  type OutboxRelay,
  type OutboxRepository,
  type OutboxRow,
} from '@groundswell/persistence';
import { EndpointOwnersReadModel, type EndpointOwners } from './endpoint-owners.read-model';

export interface DisabledEndpoint {
  serviceId: number;
  orgId: number;
  disabledAt: Date;
  reason: string;
  lastError: string | null;
}

const kind = 'push_endpoint_disabled';

/** Tells every owner of an org by mail that its endpoint is no longer called, and whoever reads facts. One mail each for one
 *  disabling. */
export class DisabledNotice {
  constructor(
    private readonly outbox: Pick<OutboxRepository, 'insert'>,
    private readonly relay: Pick<OutboxRelay, 'hasRoom' | 'offer'>,
  ) {}

  /** In the transaction that disables it. What it returns is to be called once that is committed. */
  async write(manager: EntityManager, endpoint: DisabledEndpoint): Promise<() => void> {
    const found = await new EndpointOwnersReadModel(manager).find(endpoint.serviceId);
    const mails = found ? noticesOf(endpoint, found).map((mail) => mailRequestMessage(mail, endpoint.orgId)) : [];
    const messages = [...mails, factOf(endpoint)];
    const isClaimed = this.relay.hasRoom(messages);
    const rows: OutboxRow[] = await this.outbox.insert(manager, messages, isClaimed);
    return () => {
      if (isClaimed && rows.length > 0) this.relay.offer(rows);
    };
  }
}

/** The purpose is the same each time it is asked for; another disabling has another. */
export function noticesOf(endpoint: DisabledEndpoint, { org, service, owners }: EndpointOwners): MailRequestV1[] {
  const { serviceId, disabledAt, reason, lastError } = endpoint;
  return owners.map(({ userId, email }) => ({
    schema: 'groundswell:mail:1',
    purpose: `push:disabled:${serviceId}:${+disabledAt}:${userId}`,
    kind,
    to: { email },
    locale: null,
    data: {
      operation: kind,
      email,
      message: lastError === null || lastError === reason ? reason : `${reason}; last: ${lastError}`,
      subjectId: serviceId,
      objectId: addressOf(service),
      org,
    },
  }));
}

/** Where it is, without what may be secret in it: path and query of a webhook often are. */
function addressOf({ name, host }: { name: string; host: string }): string {
  const [, origin] = /^(?:[a-z]+:\/\/)?(?:[^/?#@]*@)?([^/?#]*)/i.exec(host) ?? [];
  return origin ? `${name} at ${origin}` : name;
}

function factOf({ serviceId, orgId, disabledAt, reason }: DisabledEndpoint): OutboxMessage {
  const fact: EndpointDisabledV1 = {
    schema: 'groundswell:endpoint-disabled:1',
    orgId,
    serviceId,
    reason,
    at: disabledAt.toISOString(),
  };
  return {
    messageId: `endpoint-disabled:${serviceId}:${+disabledAt}`,
    lane: 0,
    exchange: exchanges.event,
    routingKey: factKeys.endpointDisabled,
    type: fact.schema,
    headers: {},
    body: JSON.stringify(fact),
  };
}
