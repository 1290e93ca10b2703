/** graphql-api.md §11; email-and-mtt.md §8.1; docs/upkeep.md. */
export const upkeepSdl = /* GraphQL */ `
  extend type RootMutationType {
    "Closes live campaigns of all orgs without an action for that many months (3); needs manage_orgs. A dry run (true) names them"
    closeIdleCampaigns(months: Int, dryRun: Boolean): CampaignUpkeep!
    "Fills in missing start and end dates by the first and last action; needs manage_orgs. A dry run (true) names the campaigns"
    backfillCampaignDates(dryRun: Boolean): CampaignUpkeep!
  }

  type CampaignUpkeep {
    dryRun: Boolean!
    "Of a dry run: names, 1 000 at most"
    campaigns: [String!]
    "Of schema catalog: it does the rest, and its result has the counts"
    jobId: ID
  }
`;
