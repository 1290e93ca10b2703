const filters = /* GraphQL */ `
  orgName: String!
  campaignName: String
  campaignId: Int
  "Lowest id, inclusive: a page ends where the next begins with its last id + 1; an empty page is the end"
  start: Int
  after: DateTime
  "100 when left out; a page may hold fewer, but never none while there are more"
  limit: Int
  "true when left out"
  onlyOptIn: Boolean
  onlyDoubleOptIn: Boolean
  includeTesting: Boolean
`;

/** graphql-api.md §4, §5.3, §7.8, §11. */
export const exportsSdl = /* GraphQL */ `
  extend type RootQueryType {
    exportActions(${filters}): [Action]! @deprecated(reason: "use actions")
    "Actions whose supporter has a contact record for this org, by id"
    actions(${filters}): [Action]!
    "As actions, given with contact data; by email also those without opt-in, unconfirmed or rejected"
    contacts(${filters} email: String): [Action]!
    "All the org holds on one person"
    exportContact(orgName: String!, contactRef: String!): Json!
  }

  extend type RootMutationType {
    "Publishes messages again, each time as a new purpose"
    requeueActions(orgName: String!, ids: [Int!], queue: Queue!): RequeueResult!
  }

  enum Queue {
    EMAIL_SUPPORTER
    CUSTOM_SUPPORTER_CONFIRM
    CUSTOM_ACTION_CONFIRM
    CUSTOM_ACTION_DELIVER
    SQS
    WEBHOOK
  }

  type RequeueResult {
    "Selected"
    count: Int!
    "Of those, not published"
    failed: Int!
  }

  type Action {
    actionId: Int!
    createdAt: NaiveDateTime!
    actionType: String!
    contact: Contact!
    customFields: Json!
    fields: [CustomField!]! @deprecated(reason: "use customFields")
    tracking: Tracking
    campaign: Campaign!
    actionPage: ActionPage!
    privacy: Consent!
    donation: Donation
  }

  type Contact {
    contactRef: ID!
    "0 for the first signature of a person in a campaign; null until processed"
    dupeRank: Int
    "JSON text, or base64url of the ciphertext"
    payload: String!
    nonce: String
    "Recipient's key; null when the payload is not encrypted"
    publicKey: KeyIds
    "Key of the instance"
    signKey: KeyIds
  }

  type KeyIds {
    id: Int!
    public: String!
  }

  type Consent {
    optIn: Boolean
    givenAt: NaiveDateTime!
    emailStatus: EmailStatus!
    emailStatusChanged: NaiveDateTime
    withConsent: Boolean!
  }

  type Tracking {
    source: String!
    medium: String!
    campaign: String!
    content: String!
  }

  type Donation {
    schema: DonationSchema
    "In the smallest unit of the currency"
    amount: Int!
    currency: String!
    payload: Json!
    frequencyUnit: DonationFrequencyUnit!
  }
`;
