import { campaigns, exports, instanceAdmin, services, type Row } from './permission-matrix.table';

/** Any staff of the org, and instance admins. */
const staff = { expected: 's s y y y y y' };
/** Nobody serves email-delivery's queue here: who may is told so. */
const unserved = { granted: 'Temporarily unavailable, please retry' };
const noService = { granted: 'Cannot find service with 1' };
const notFound = { granted: 'Entity not found' };

/** graphql-api.md §11 and docs/mails-api.md. */
export const mailRows: Row[] = [
  { operation: 'mailLoops', ...instanceAdmin, ...unserved, document: () => '{ mailLoops { __typename } }' },
  {
    operation: 'scheduleMailEvents',
    ...instanceAdmin,
    ...unserved,
    document: () =>
      'mutation { scheduleMailEvents(begin: "2024-01-01T00:00:00Z", end: "2024-01-02T00:00:00Z") { __typename } }',
  },
  {
    operation: 'cancelScheduledMailEvents',
    ...instanceAdmin,
    ...unserved,
    document: () => 'mutation { cancelScheduledMailEvents }',
  },
  {
    operation: 'mailHistory',
    ...staff,
    document: async (cell) =>
      `{ mailHistory(orgName: "${cell.org.name}", actionId: ${await cell.world.addAction(cell)}) { id } }`,
  },
  { operation: 'mails', ...staff, document: ({ org }) => `{ mails(orgName: "${org.name}") { after } }` },
  { operation: 'mails', about: 'of all orgs', ...instanceAdmin, document: () => '{ mails { after } }' },
  {
    operation: 'mailSuppression',
    ...services,
    ...noService,
    document: ({ org }) =>
      `{ mailSuppression(orgName: "${org.name}", serviceId: 1, email: "a@example.org") { suppressed } }`,
  },
  {
    operation: 'removeMailSuppression',
    ...services,
    ...noService,
    document: ({ org }) =>
      `mutation { removeMailSuppression(orgName: "${org.name}", serviceId: 1, email: "a@example.org") { status } }`,
  },
  { operation: 'mailings', ...staff, document: ({ org }) => `{ mailings(orgName: "${org.name}") { id } }` },
  {
    operation: 'mailing',
    ...staff,
    ...notFound,
    document: ({ org }) => `{ mailing(orgName: "${org.name}", id: "1") { id } }`,
  },
  {
    operation: 'resendMail',
    ...exports,
    ...unserved,
    document: ({ org }) => `mutation { resendMail(orgName: "${org.name}", id: "1") }`,
  },
  {
    operation: 'dropMail',
    ...exports,
    ...unserved,
    document: ({ org }) => `mutation { dropMail(orgName: "${org.name}", id: "1") }`,
  },
  {
    operation: 'retryMailing',
    ...campaigns,
    ...unserved,
    document: ({ org }) => `mutation { retryMailing(orgName: "${org.name}", id: "1") }`,
  },
  {
    operation: 'stopMailing',
    ...campaigns,
    ...unserved,
    document: ({ org }) => `mutation { stopMailing(orgName: "${org.name}", id: "1") }`,
  },
];
