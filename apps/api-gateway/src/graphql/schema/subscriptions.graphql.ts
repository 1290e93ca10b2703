/** graphql-api.md §6. */
export const subscriptionsSdl = /* GraphQL */ `
  extend schema {
    subscription: RootSubscriptionType
  }

  type RootSubscriptionType {
    "A page was made or changed, by whom and through which replica ever; without orgName of any org"
    actionPageUpserted(orgName: String): ActionPage!
    "The figures of a campaign at once and whenever they change, at most four times a second; orgs as the public sees them"
    campaignStats(campaignId: Int!): CampaignStats!
  }
`;
