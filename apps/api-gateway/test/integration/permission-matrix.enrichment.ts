import { instanceAdmin, type Row } from './permission-matrix.table';

/** Nobody serves action-ingest's queue here: who may is told so. */
const unserved = { granted: 'Temporarily unavailable, please retry' };

/** graphql-api.md §11 and docs/enrichment.md. */
export const enrichmentRows: Row[] = [
  {
    operation: 'enrichments',
    expected: 's s y y y y s',
    document: async (cell) =>
      `{ enrichments(orgName: "${cell.org.name}", actionId: ${await cell.world.addAction(cell)}) { id } }`,
  },
  {
    operation: 'enrichmentUsage',
    expected: 's s y y y y y',
    document: ({ org }) => `{ enrichmentUsage(orgName: "${org.name}") { kind quota } }`,
  },
  {
    operation: 'updateCampaignEnrichment',
    expected: 't d y y y y y',
    required: ['manage_campaigns', 'change_campaign_settings'],
    document: ({ campaign }) =>
      `mutation { updateCampaignEnrichment(campaignId: ${campaign.id}, rules: [{ kind: LABEL }]) { id } }`,
  },
  {
    operation: 'setEnrichmentQuota',
    ...instanceAdmin,
    ...unserved,
    document: ({ org }) => `mutation { setEnrichmentQuota(orgName: "${org.name}", kind: LABEL, monthlyUnits: 5) }`,
  },
  {
    operation: 'retryEnrichment',
    expected: 's s y y y y s',
    ...unserved,
    document: ({ org }) => `mutation { retryEnrichment(orgName: "${org.name}", id: "1") }`,
  },
];
