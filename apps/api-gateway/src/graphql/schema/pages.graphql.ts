const pageFields = /* GraphQL */ `
  id: Int!
  locale: String!
  name: String!
  thankYouTemplate: String
  thankYouTemplateRef: String
  live: Boolean!
  journey: [String!]! @deprecated(reason: "use config")
  "World-readable; never keep secrets here"
  config: Json!
  campaign: Campaign!
  org: Org!
  extraSupporters: Int!
  stats: PageStats!
`;

/** graphql-api.md §5.2, §7.7. */
export const pagesSdl = /* GraphQL */ `
  extend type RootQueryType {
    "Exactly one identifier; url is another word for name"
    actionPage(id: Int, name: String, url: String): ActionPage!
  }

  extend type RootMutationType {
    addActionPage(orgName: String!, campaignName: String!, input: ActionPageInput!): ActionPage!
    "Without templates and extra supporters of the source, and not live"
    copyActionPage(orgName: String!, name: String!, fromName: String!): ActionPage!
    "From the newest page of the campaign's lead"
    copyCampaignActionPage(orgName: String!, name: String!, fromCampaignName: String!): ActionPage!
    updateActionPage(id: Int, name: String, input: ActionPageInput!): ActionPage!
    "Refused while there are real actions; testing ones go with it. The name stays taken"
    deleteActionPage(id: Int, name: String): Status!
  }

  enum ActionPageStatus {
    STANDBY
    ACTIVE
    STALLED
  }

  interface ActionPage {
    ${pageFields}
  }

  type PublicActionPage implements ActionPage {
    ${pageFields}
  }

  type PrivateActionPage implements ActionPage {
    ${pageFields}
    delivery: Boolean!
    supporterConfirmTemplate: String
    duplicateTemplate: String
    location: String
    status: ActionPageStatus
  }

  type PageStats {
    "Supporters who signed here first, without extraSupporters"
    supporterCount: Int!
    actionCount: [ActionTypeCount!]!
  }

  input ActionPageInput {
    name: String
    locale: String
    thankYouTemplate: String
    supporterConfirmTemplate: String
    duplicateTemplate: String
    extraSupporters: Int
    config: Json
    delivery: Boolean
  }
`;
