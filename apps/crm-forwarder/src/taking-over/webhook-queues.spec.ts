import type { CatalogueOrg, CatalogueService } from '@groundswell/persistence';
import { webhookQueuesOf } from './webhook-queues';

type Parts = Parameters<typeof webhookQueuesOf>[0];

const org = (id: number, name: string, change: Partial<CatalogueOrg> = {}) =>
  ({ id, name, pushBackendId: null, eventBackendId: null, deletedAt: null, ...change }) as CatalogueOrg;
const service = (id: number, orgId: number, name: string): CatalogueService => ({
  id,
  orgId,
  name,
  webhookGeneration: 1,
});

const catalogueOf = (orgs: CatalogueOrg[], services: CatalogueService[]): Parts => {
  const tables = {
    orgs: { rows: new Map(orgs.map((row) => [row.id, row])) },
    services: { get: (id: number) => services.find((row) => row.id === id) },
    servicesOfOrg: (orgId: number) => services.filter((row) => row.orgId === orgId),
  };
  return tables as unknown as Parts;
};

describe('the webhook queues to read', () => {
  it.each<[string, CatalogueOrg, CatalogueService[], string[]]>([
    [
      'of an org that pushes actions',
      org(1, 'green', { pushBackendId: 5 }),
      [service(5, 1, 'webhook')],
      ['green.webhook'],
    ],
    [
      'of one that pushes events',
      org(1, 'Green', { eventBackendId: 5 }),
      [service(5, 1, 'webhook')],
      ['Green.webhook'],
    ],
    ['of one whose webhook is switched off', org(1, 'green'), [service(5, 1, 'webhook')], ['green.webhook']],
    ['of one that pushes to SQS now', org(1, 'green', { pushBackendId: 5 }), [service(5, 1, 'sqs')], []],
    ['of one with neither', org(1, 'green'), [service(5, 1, 'smtp'), service(6, 2, 'webhook')], []],
    [
      'of one that is marked as deleted',
      org(1, 'green', { pushBackendId: 5, deletedAt: new Date() }),
      [service(5, 1, 'webhook')],
      ['green.webhook'],
    ],
  ])('%s', (_name, row, services, queues) => {
    expect(webhookQueuesOf(catalogueOf([row], services))).toEqual(queues);
  });

  it('are named once each, in order', () => {
    const orgs = [org(1, 'red', { pushBackendId: 5, eventBackendId: 5 }), org(2, 'blue', { eventBackendId: 6 })];
    const services = [service(5, 1, 'webhook'), service(6, 2, 'webhook'), service(7, 1, 'webhook')];
    expect(webhookQueuesOf(catalogueOf(orgs, services))).toEqual(['blue.webhook', 'red.webhook']);
  });
});
