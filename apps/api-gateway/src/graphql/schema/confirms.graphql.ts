/** graphql-api.md §5.2, §7.6, §7.9, §11. Accepting and rejecting: moderation.graphql.ts. */
export const confirmsSdl = /* GraphQL */ `
  extend type RootMutationType {
    "By the lead at once; for others the lead is asked first"
    launchActionPage(name: String!, message: String): LaunchActionPageResult!
    "Whoever takes the code gets a copy of the page in an org of their own"
    invitePartner(name: String!, email: String!, message: String): Confirm!
    "Asks the lead to let all the org's pages in the campaign go live"
    requestJoinCampaign(orgName: String!, campaignName: String!, message: String): Status!
  }

  type LaunchActionPageResult {
    status: Status!
  }

  type Confirm {
    code: String!
    email: String
    message: String
    objectId: Int
    creator: User
  }

  extend type PrivateCampaign {
    "For staff of the lead only"
    partnerships: [Partnership!]
  }

  "Another org with a page in the campaign"
  type Partnership {
    org: Org!
    actionPages: [ActionPage!]!
    launchRequests: [Confirm!]!
    launchRequesters: [User!]!
  }
`;
