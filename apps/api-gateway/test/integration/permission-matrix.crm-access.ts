import { exports, type Row } from './permission-matrix.table';

/** Nobody serves topology-service's queue here: who may is told so. */
const unserved = { granted: 'Temporarily unavailable, please retry' };

/** docs/crm-access.md. Changes take two permissions; of the roles, those who have the first have the second. */
export const crmAccessRows: Row[] = [
  {
    operation: 'crmAccess',
    expected: 's s y y y y y',
    document: ({ org }) => `{ crmAccess(orgName: "${org.name}") { backlog { messages } credentials { id } } }`,
  },
  {
    operation: 'createCrmCredential',
    ...exports,
    ...unserved,
    document: ({ org }) => `mutation { createCrmCredential(orgName: "${org.name}", label: "crm") { id } }`,
  },
  {
    operation: 'rotateCrmCredential',
    ...exports,
    ...unserved,
    document: ({ org }) => `mutation { rotateCrmCredential(orgName: "${org.name}", id: "1") { id } }`,
  },
  {
    operation: 'revokeCrmCredential',
    ...exports,
    ...unserved,
    document: ({ org }) => `mutation { revokeCrmCredential(orgName: "${org.name}", id: "1") }`,
  },
];
