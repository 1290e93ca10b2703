import { instanceAdmin, services, type Row } from './permission-matrix.table';

/** Nobody serves the services' queues here: who may is told so. */
const unserved = { granted: 'Temporarily unavailable, please retry' };
const noRow = { granted: 'Entity not found' };

/** Changes of one job of the org. */
const jobChange = (operation: string): Row => ({
  operation,
  ...services,
  ...unserved,
  document: ({ org }) => `mutation { ${operation}(orgName: "${org.name}", id: "action-ingest-1") }`,
});
const pause = (operation: string): Row => ({
  operation,
  ...instanceAdmin,
  ...unserved,
  document: () => `mutation { ${operation}(name: "system.ingest.0") }`,
});
/** Of the org, and of everything. */
const parkedChange = (operation: string): Row[] => {
  const select = 'select: { service: "action-ingest", queue: "a.crm" }';
  return [
    {
      operation,
      ...services,
      document: ({ org }) => `mutation { ${operation}(orgName: "${org.name}", ${select}) { count } }`,
    },
    {
      operation,
      about: 'of all',
      ...instanceAdmin,
      document: () => `mutation { ${operation}(${select}) { count } }`,
    },
  ];
};

/** graphql-api.md §11 and docs/queues.md. */
export const monitorRows: Row[] = [
  { operation: 'queues', ...services, document: ({ org }) => `{ queues(orgName: "${org.name}") { queues { name } } }` },
  { operation: 'queues', about: 'of all', ...instanceAdmin, document: () => '{ queues { queues { name } } }' },
  {
    operation: 'queueHistory',
    ...services,
    document: ({ org }) => `{ queueHistory(orgName: "${org.name}", name: "${org.name}.crm") { at } }`,
  },
  {
    operation: 'queueHistory',
    about: 'of another queue',
    ...services,
    ...noRow,
    document: ({ org }) => `{ queueHistory(orgName: "${org.name}", name: "system.ingest.0") { at } }`,
  },
  {
    operation: 'jobs',
    ...services,
    document: ({ org }) => `{ jobs(orgName: "${org.name}", service: "notify-service") { id } }`,
  },
  { operation: 'jobs', about: 'of all', ...instanceAdmin, document: () => '{ jobs(service: "api-gateway") { id } }' },
  {
    operation: 'job',
    ...services,
    ...noRow,
    document: ({ org }) => `{ job(orgName: "${org.name}", id: "notify-service-1") { id } }`,
  },
  {
    operation: 'parkedMessages',
    ...services,
    document: ({ org }) => `{ parkedMessages(orgName: "${org.name}", service: "crm-forwarder") { id } }`,
  },
  {
    operation: 'parkedMessages',
    about: 'of all',
    ...instanceAdmin,
    document: () => '{ parkedMessages(service: "mtt-service") { id } }',
  },
  {
    // It shows supporters' data: of the roles, owners alone may see that.
    operation: 'parkedMessage',
    expected: 't d d d d y y',
    ...noRow,
    document: ({ org }) => `{ parkedMessage(orgName: "${org.name}", id: "crm-forwarder-1") { id } }`,
  },
  ...['retryJob', 'cancelJob', 'discardJob'].map(jobChange),
  ...['pauseQueue', 'resumeQueue'].map(pause),
  ...['replayParked', 'dropParked'].flatMap(parkedChange),
];
