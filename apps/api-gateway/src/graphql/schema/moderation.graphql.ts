/** graphql-api.md §5.8, §7.9, §11. */
export const moderationSdl = /* GraphQL */ `
  extend type RootMutationType {
    "Moderation without a code, by staff of the page's org or of the lead; NOOP when it was decided so before"
    decideAction(orgName: String!, actionId: Int!, accept: Boolean!): Status!
    acceptOrgConfirm(name: String!, confirm: ConfirmInput!): ConfirmResult!
    rejectOrgConfirm(name: String!, confirm: ConfirmInput!): ConfirmResult!
    acceptUserConfirm(confirm: ConfirmInput!): ConfirmResult!
    rejectUserConfirm(confirm: ConfirmInput!): ConfirmResult!
  }

  input ConfirmInput {
    code: String!
    email: String
    objectId: Int
  }

  type ConfirmResult {
    status: Status!
    actionPage: ActionPage
    campaign: Campaign
    org: Org
    message: String
  }
`;
