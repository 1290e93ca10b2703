const campaignFields = /* GraphQL */ `
  id: Int!
  externalId: Int
  name: String!
  title: String!
  status: CampaignStatus!
  contactSchema: ContactSchema!
  "World-readable; never keep secrets here"
  config: Json!
  start: Date
  end: Date
  "The campaign's own values; null follows the org"
  campaignProcessing: CampaignProcessing
  stats: CampaignStats!
  org: Org!
`;

/** graphql-api.md §5.1, §7.6. */
export const campaignsSdl = /* GraphQL */ `
  extend type RootQueryType {
    "The first given of id, name and title (a LIKE pattern) decides"
    campaigns(title: String, name: String, id: Int): [Campaign!]!
    "Exactly one identifier"
    campaign(id: Int, name: String): Campaign
  }

  extend type RootMutationType {
    upsertCampaign(orgName: String!, input: CampaignInput!): Campaign!
    updateCampaign(id: Int, name: String, input: CampaignInput!): Campaign!
    addCampaign(orgName: String!, input: CampaignInput!): Campaign!
    "With its own pages; refused while there are pages of partners. The name stays taken"
    deleteCampaign(id: Int, name: String, externalId: Int): Status!
  }

  enum CampaignStatus {
    DRAFT
    LIVE
    CLOSED
    IGNORED
  }

  enum ContactSchema {
    BASIC
    POPULAR_INITIATIVE
    ECI
    IT_CI
  }

  interface Campaign {
    ${campaignFields}
  }

  type PublicCampaign implements Campaign {
    ${campaignFields}
  }

  type PrivateCampaign implements Campaign {
    ${campaignFields}
    forceDelivery: Boolean!
    actionPages: [PrivateActionPage!]!
    mtt: CampaignMtt
  }

  type CampaignProcessing {
    supporterConfirm: Boolean
    supporterConfirmTemplate: String
    actionConfirm: Boolean
  }

  input CampaignInput {
    name: String
    externalId: Int
    title: String
    contactSchema: ContactSchema
    status: CampaignStatus
    config: Json
    start: Date
    end: Date
    actionPages: [ActionPageInput!]
    mtt: CampaignMttInput
    supporterConfirm: Boolean
    supporterConfirmTemplate: String
    actionConfirm: Boolean
  }

  type CampaignMtt {
    startAt: DateTime!
    endAt: DateTime!
    messageTemplate: String
    testEmail: String
    ccContacts: [String]
    ccSender: Boolean
    dripDelivery: Boolean
    maxEmailsPerHour: Int
    maxPerTargetPerDay: Int!
    timezone: String!
  }

  input CampaignMttInput {
    startAt: DateTime
    endAt: DateTime
    messageTemplate: String
    testEmail: String
    ccContacts: [String]
    ccSender: Boolean
    dripDelivery: Boolean
    maxEmailsPerHour: Int
    maxPerTargetPerDay: Int
    timezone: String
  }

  type CampaignStats {
    supporterCount: Int!
    supporterCountByArea: [AreaCount!]!
    supporterCountByOrg: [OrgCount!]!
    supporterCountByOthers(orgName: String!): Int!
    actionCount: [ActionTypeCount!]!
  }

  type ActionTypeCount {
    actionType: String!
    count: Int!
  }

  type AreaCount {
    area: String!
    count: Int!
  }

  type OrgCount {
    org: Org!
    count: Int!
  }
`;
