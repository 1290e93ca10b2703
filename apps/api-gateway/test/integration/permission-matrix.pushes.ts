import { services, type Row } from './permission-matrix.table';

/** Any staff of the org, and instance admins. */
const staff = { expected: 's s y y y y y' };
/** Nobody serves crm-forwarder's queue here: who may is told so. */
const unserved = { granted: 'Temporarily unavailable, please retry' };
const noService = { granted: 'Cannot find service with 1' };

/** graphql-api.md §11 and docs/push-api.md. */
export const pushRows: Row[] = [
  {
    operation: 'pushEndpoints',
    ...staff,
    document: ({ org }) => `{ pushEndpoints(orgName: "${org.name}") { serviceId backlog { waiting } } }`,
  },
  { operation: 'pushes', ...staff, document: ({ org }) => `{ pushes(orgName: "${org.name}") { after } }` },
  {
    operation: 'enablePushEndpoint',
    ...services,
    ...noService,
    document: ({ org }) => `mutation { enablePushEndpoint(orgName: "${org.name}", id: 1) }`,
  },
  {
    operation: 'replayPush',
    ...services,
    ...unserved,
    document: ({ org }) => `mutation { replayPush(orgName: "${org.name}", id: "1") }`,
  },
  {
    operation: 'replayFailedPushes',
    ...services,
    ...unserved,
    document: ({ org }) => `mutation { replayFailedPushes(orgName: "${org.name}") { count } }`,
  },
  {
    operation: 'dropPush',
    ...services,
    ...unserved,
    document: ({ org }) => `mutation { dropPush(orgName: "${org.name}", id: "1") }`,
  },
  {
    operation: 'rotateSigningSecret',
    ...services,
    ...noService,
    document: ({ org }) => `mutation { rotateSigningSecret(orgName: "${org.name}", id: 1) { secret } }`,
  },
];
