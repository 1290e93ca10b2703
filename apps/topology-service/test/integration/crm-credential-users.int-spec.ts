import { randomUUID } from 'node:crypto';
import { createLogger } from '@groundswell/observability';
import { Database } from '@groundswell/persistence';
import { RabbitProxy, waitFor } from '@groundswell/testing';
import { ManagementClient } from '../../src/broker/management.client';
import { CrmCredentialRepository, type CrmCredential } from '../../src/crm-access/crm-credential.repository';
import { CrmCredentialUsers } from '../../src/crm-access/crm-credential-users';
import { hashForBroker } from '../../src/users/password-hash';
import { orgPermissions } from '../../src/users/permissions';
import { TopologyFixture } from './topology-fixture';

const logger = createLogger({ service: 'topology-service', level: 'silent' });

/** Two replicas without their rounds, so that nothing else puts right what they do wrong; the first one's broker can hang. */
describe('broker users of credentials', () => {
  let fixture: TopologyFixture;
  let database: Database;
  let proxy: RabbitProxy;
  let repository: CrmCredentialRepository;
  let slow: CrmCredentialUsers;
  let quick: CrmCredentialUsers;
  let org: { id: number; name: string };

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
    org = { id: await fixture.addOrg('green'), name: 'green' };
    database = new Database(
      { url: fixture.database.urls.topology, applicationName: 'topology-service', poolSize: 4 },
      logger,
    );
    await database.connect(30_000);
    const url = process.env['TEST_AMQP_MANAGEMENT_URL'] ?? '';
    proxy = await RabbitProxy.start(url);
    repository = new CrmCredentialRepository(database);
    [slow, quick] = [proxy.amqpUrl, url].map((address) => {
      const management = new ManagementClient({ url: address, vhost: fixture.vhost.name, timeoutMs: 10_000 });
      return new CrmCredentialUsers(database, repository, management, logger);
    }) as [CrmCredentialUsers, CrmCredentialUsers];
  });
  afterAll(async () => {
    proxy?.thaw();
    await proxy?.close();
    await database?.close();
    await fixture.close();
  });

  const settle = (users: CrmCredentialUsers, { id }: CrmCredential) => users.settle(id, orgPermissions(org));
  const isHeld = async ({ id }: CrmCredential): Promise<boolean> => {
    const free = 'select 1 from topology.crm_credentials where id = $1 for update skip locked';
    return (await database.query(free, [id])).length === 0;
  };

  it('stay revoked though another replica was just making them', async () => {
    const passwordHash = hashForBroker('geheim');
    const username = `${fixture.prefix}org-${org.id}-late`;
    const made = { orgId: org.id, label: 'crm', username, passwordHash, by: 1, requestId: randomUUID() };
    const credential = (await repository.insertOnce(made)) as CrmCredential;
    proxy.freeze();
    const making = settle(slow, credential);
    await waitFor(() => isHeld(credential));
    const revoking = repository.revoke(org.id, credential.id).then(() => settle(quick, credential));
    // Long enough for the broker to have deleted the user, if nobody had to wait.
    await Promise.race([revoking, new Promise((resolve) => setTimeout(resolve, 1_000))]);
    proxy.thaw();
    await Promise.all([making, revoking]);
    expect(await fixture.vhost.manage('GET', `/api/users/${username}`)).toBeUndefined();
  });
});
