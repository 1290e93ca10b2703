import { exchanges, requestKey, type CrmPasswordAnswerV1, type CrmRevokedAnswerV1 } from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import { BrokerConnections, Publisher, Rpc } from '@groundswell/messaging';
import { waitFor } from '@groundswell/testing';

/** Asks topology-service as the gateway does. */
export class TopologyAsker {
  private constructor(
    private readonly connections: BrokerConnections,
    private readonly publisher: Publisher,
    private readonly rpc: Rpc,
  ) {}

  /** Once exchange `reply` is there. */
  static async start(amqpUrl: string): Promise<TopologyAsker> {
    const connections = new BrokerConnections({ urls: amqpUrl, serviceName: 'api-gateway' });
    connections.start();
    const publisher = new Publisher({ connection: connections.publish });
    publisher.start();
    const rpc = new Rpc({ connection: connections.consume, publisher, serviceName: 'api-gateway' });
    rpc.start();
    await waitFor(() => rpc.isOpen && publisher.isReady);
    return new TopologyAsker(connections, publisher, rpc);
  }

  async ask<Answer>(asked: Record<string, unknown>, id = uuidV7()): Promise<Answer> {
    const request = { schema: 'groundswell:request:1', id, ...asked };
    const routing = { exchange: exchanges.ingest, routingKey: requestKey('topology-service') };
    return (await this.rpc.request(routing, request, { id, timeoutMs: 60_000 })) as Answer;
  }

  create(orgId: number, id?: string): Promise<CrmPasswordAnswerV1> {
    return this.ask({ kind: 'create_crm_credential', orgId, label: 'crm', by: 7 }, id);
  }

  rotate(orgId: number, credentialId: string, id?: string): Promise<CrmPasswordAnswerV1> {
    return this.ask({ kind: 'rotate_crm_credential', orgId, credentialId }, id);
  }

  revoke(orgId: number, credentialId: string): Promise<CrmRevokedAnswerV1> {
    return this.ask({ kind: 'revoke_crm_credential', orgId, credentialId });
  }

  async stop(): Promise<void> {
    await this.publisher.close();
    await this.rpc.stop();
    await this.connections.close();
  }
}
