/** graphql-api.md §5.5, §7.3. */
export const orgsSdl = /* GraphQL */ `
  extend type RootQueryType {
    org(name: String!): PrivateOrg!
  }

  extend type RootMutationType {
    addOrg(input: OrgInput!): Org!
    updateOrg(name: String!, input: OrgInput!): PrivateOrg!
    "With its campaigns and pages, all or nothing. The name stays taken"
    deleteOrg(name: String!): Status!
    updateOrgProcessing(
      name: String!
      emailBackend: ServiceName
      transactionalEmailBackend: ServiceName
      emailFrom: String
      supporterConfirm: Boolean
      supporterConfirmTemplate: String
      doiThankYou: Boolean
      customSupporterConfirm: Boolean
      customActionConfirm: Boolean
      customActionDeliver: Boolean
      customEventDeliver: Boolean
      eventBackend: ServiceName
      storageBackend: ServiceName
      detailBackend: ServiceName
      pushBackend: ServiceName
    ): PrivateOrg!
  }

  interface Org {
    id: Int!
    name: String!
    title: String!
    "World-readable; never keep secrets here"
    config: Json!
  }

  type PublicOrg implements Org {
    id: Int!
    name: String!
    title: String!
    config: Json!
  }

  type PrivateOrg implements Org {
    id: Int!
    name: String!
    title: String!
    config: Json!
    personalData: PersonalData!
    "Newest first; conditions are combined with AND"
    keys(select: SelectKey): [Key!]!
    key(select: SelectKey!): Key!
    services(select: SelectService): [Service]!
    users: [OrgUser]!
    processing: Processing!
    "Campaigns the org leads or has a page in, by id"
    campaigns(select: SelectCampaign): [Campaign!]!
    actionPages(select: SelectActionPage): [ActionPage!]!
    actionPage(id: Int, name: String): ActionPage!
    campaign(id: Int!): Campaign!
  }

  type PersonalData {
    contactSchema: ContactSchema!
    supporterConfirm: Boolean!
    supporterConfirmTemplate: String
    highSecurity: Boolean!
    doiThankYou: Boolean!
    replyEnabled: Boolean
    senderRewrite: Boolean
    emailOptIn: Boolean! @deprecated(reason: "use supporterConfirm")
    emailOptInTemplate: String @deprecated(reason: "use supporterConfirmTemplate")
  }

  type Processing {
    emailFrom: String
    emailBackend: ServiceName
    transactionalEmailBackend: ServiceName
    supporterConfirm: Boolean!
    supporterConfirmTemplate: String
    doiThankYou: Boolean!
    customSupporterConfirm: Boolean!
    customActionConfirm: Boolean!
    customActionDeliver: Boolean!
    customEventDeliver: Boolean!
    eventBackend: ServiceName
    pushBackend: ServiceName
    storageBackend: ServiceName
    detailBackend: ServiceName
    emailTemplates: [String!]
  }

  input OrgInput {
    name: String
    title: String
    contactSchema: ContactSchema
    supporterConfirm: Boolean
    supporterConfirmTemplate: String
    doiThankYou: Boolean
    replyEnabled: Boolean
    senderRewrite: Boolean
    config: Json
    "Instance admins only"
    highSecurity: Boolean
  }

  input SelectService {
    name: ServiceName
  }

  input SelectCampaign {
    "LIKE pattern"
    titleLike: String
    orgName: String
  }

  input SelectActionPage {
    campaignId: Int
  }
`;
