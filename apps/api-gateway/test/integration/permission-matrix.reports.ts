import type { Row } from './permission-matrix.table';

const exporters = { expected: 't d d d d y y', required: ['export_contacts'] };
const staff = {
  expected: 't d y y y y y',
  required: ['export_contacts', 'manage_campaigns', 'change_campaign_settings'],
};
/** Nobody serves the queue of stats-service here: who may is told so. */
const unserved = { granted: 'Temporarily unavailable, please retry' };
const noReport = { granted: 'Entity not found' };
const operators = { expected: 't d d d d d y', required: ['manage_orgs'] };

const request = (org: string, kind: string): string =>
  `mutation { requestReport(orgName: "${org}", input: { kind: ${kind} }) { id } }`;

/** graphql-api.md §11; docs/reports.md, docs/upkeep.md. */
export const reportRows: Row[] = [
  {
    operation: 'reports',
    expected: 's s y y y y y',
    document: ({ org }) => `{ reports(orgName: "${org.name}") { after } }`,
  },
  ...(['CAMPAIGN_SUMMARY', 'MTT_DELIVERY', 'USAGE'] as const).map((kind): Row => ({
    operation: 'requestReport',
    about: kind,
    ...staff,
    ...unserved,
    document: ({ org }) => request(org.name, kind),
  })),
  {
    operation: 'requestReport',
    about: 'ACTIONS',
    ...exporters,
    ...unserved,
    document: ({ org }) => request(org.name, 'ACTIONS'),
  },
  {
    operation: 'cancelReport',
    ...staff,
    ...noReport,
    document: ({ org }) => `mutation { cancelReport(orgName: "${org.name}", id: "1") }`,
  },
  {
    operation: 'reportLink',
    ...staff,
    ...noReport,
    document: ({ org }) => `mutation { reportLink(orgName: "${org.name}", id: "1") { url } }`,
  },
  { operation: 'closeIdleCampaigns', ...operators, document: () => 'mutation { closeIdleCampaigns { dryRun } }' },
  {
    operation: 'recalculateReferences',
    ...operators,
    ...unserved,
    document: () => 'mutation { recalculateReferences { jobId } }',
  },
  { operation: 'backfillCampaignDates', ...operators, document: () => 'mutation { backfillCampaignDates { dryRun } }' },
];
