import { BrokerConnections, Publisher } from '@groundswell/messaging';
import { TestVhost, waitFor, type TestDatabase } from '@groundswell/testing';
import { EventTapSource } from '../../src/catalogue-writing/event-tap.source';
import { AdminGateway, withDatabase } from './admin.fixture';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

let database: TestDatabase;
let vhost: TestVhost;
const replicas: { gateway: AdminGateway; connections: BrokerConnections; publisher: Publisher }[] = [];

async function startReplica(): Promise<AdminGateway> {
  const connections = new BrokerConnections({ urls: vhost.amqpUrl, serviceName: 'api-gateway' });
  connections.start();
  const publisher = new Publisher({ connection: connections.publish });
  publisher.start();
  const events = new EventTapSource(connections, 'api-gateway', quiet);
  const gateway = await AdminGateway.start(database, { surroundings: { publisher, events } });
  replicas.push({ gateway, connections, publisher });
  await waitFor(() => publisher.isReady);
  return gateway;
}

beforeAll(async () => {
  database = await withDatabase();
  vhost = await TestVhost.create();
  await vhost.channel.assertExchange('event', 'topic', { durable: true });
});
afterAll(async () => {
  for (const { gateway, connections, publisher } of replicas) {
    await gateway.close();
    await publisher.close();
    await connections.close();
  }
  await vhost.delete();
  await database.drop();
});

it('a change on one replica reaches another by its event, long before the next comparison', async () => {
  const [one, other] = [await startReplica(), await startReplica()];
  const org = await one.addOrg();
  const page = await one.addPage(org, await one.addCampaign(org));
  const localeThere = async () => {
    const { actionPage } = await other.get<{ actionPage: { locale: string } }>(
      `{ actionPage(id: ${page.id}) { locale } }`,
    );
    return actionPage.locale;
  };
  expect(await localeThere()).toBe('en');
  for (const locale of ['pl', 'de']) {
    await one.get(`mutation { updateActionPage(id: ${page.id}, input: {locale: "${locale}"}) { id } }`, {}, org.token);
    await waitFor(async () => (await localeThere()) === locale);
  }
});
