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
  "Newest first, at most 100"
  actions(actionType: String!, limit: Int! = 10): PublicActionsResult!
  targets: [Target]
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
    "Null: as the org has it. The name is needed"
    updateCampaignProcessing(
      name: String
      supporterConfirm: Boolean
      supporterConfirmTemplate: String
      actionConfirm: Boolean
    ): Campaign!
    addCampaign(orgName: String!, input: CampaignInput!): Campaign!
    "With its own pages; refused while there are pages of partners. The name stays taken"
    deleteCampaign(id: Int, name: String, externalId: Int): Status!
    "No mail goes to targets until it is resumed; at once, and nothing when it is paused already"
    pauseMtt(campaignId: Int!): Campaign!
    "Mails go on where they stopped; nothing when it is not paused"
    resumeMtt(campaignId: Int!): Campaign!
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
    publicActions: [String!]!
    transientActions: [String!]!
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
    "The lead gets the contact data of partners' pages too"
    forceDelivery: Boolean
    "Custom fields anybody may read in the list of actions, as actionType:fieldName"
    publicActions: [String!]
    "Custom fields that are removed once delivered, as actionType:fieldName"
    transientActions: [String!]
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
    "Since when nothing is sent; null while it is"
    pausedAt: Instant
    "Where the messages stand, tests aside"
    progress: MttProgress!
    "From today to the last day on which something may go, at most a year; as if nothing more were written and nobody paused. Empty once the campaign is closed"
    forecast: [MttForecastDay!]!
    "Messages that would then still be left: for the ceiling, or for want of an address that takes mail"
    forecastLeft: Int!
  }

  type MttProgress {
    waiting: Int!
    "Handed over to be sent"
    sending: Int!
    sent: Int!
    failed: Int!
    "Such as empty ones, or those of erased people"
    cancelled: Int!
    "The provider was called and nobody knows what came of it"
    unknown: Int!
    "Not sent: the same person wrote to this target before"
    duplicates: Int!
  }

  type MttForecastDay {
    "In the campaign's time zone"
    day: Date!
    planned: Int!
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

  type PublicActionsResult {
    "Keys seen in the list"
    fieldKeys: [String!]
    list: [ActionCustomFields]
  }

  type ActionCustomFields {
    actionId: Int!
    actionType: String!
    insertedAt: NaiveDateTime!
    area: String
    "Those that are public"
    customFields: Json!
    fields: [CustomField!]! @deprecated(reason: "use customFields")
  }
`;
