/** graphql-api.md §5.3, §7.8. */
export const actionsSdl = /* GraphQL */ `
  extend type RootMutationType {
    addAction(actionPageId: Int!, action: ActionInput!, contactRef: ID!, tracking: TrackingInput): ContactReference!
    addActionContact(
      actionPageId: Int!
      action: ActionInput!
      contact: ContactInput!
      privacy: ConsentInput!
      tracking: TrackingInput
      contactRef: ID
    ): ContactReference!
    linkActions(actionPageId: Int!, contactRef: ID!, linkRefs: [String!]): ContactReference!
  }

  enum DonationSchema {
    STRIPE_PAYMENT_INTENT
  }

  enum DonationFrequencyUnit {
    ONE_OFF
    WEEKLY
    MONTHLY
    DAILY
    YEARLY
    "Another word for DAILY, which widgets in the field send"
    DAY
  }

  type ContactReference {
    contactRef: String!
    firstName: String
  }

  input ContactInput {
    name: String
    firstName: String
    lastName: String
    email: String
    phone: String
    birthDate: Date
    address: AddressInput
    nationality: NationalityInput
  }

  input AddressInput {
    country: String
    postcode: String
    locality: String
    region: String
    street: String
    streetNumber: String
  }

  input NationalityInput {
    country: String!
    documentType: String
    documentNumber: String
  }

  input ActionInput {
    actionType: String!
    customFields: Json
    fields: [CustomFieldInput!] @deprecated(reason: "use customFields")
    donation: DonationActionInput
    mtt: MttActionInput
    testing: Boolean
    "Keys of files that were sent before (requestUpload), five at most"
    attachments: [String!]
    "Token of the follow-up item that this action answers"
    followUp: String
  }

  type CustomField {
    key: String!
    value: String!
  }

  input CustomFieldInput {
    key: String!
    value: String!
    transient: Boolean
  }

  input ConsentInput {
    optIn: Boolean
    leadOptIn: Boolean
  }

  input TrackingInput {
    source: String
    medium: String
    campaign: String
    content: String
    location: String
  }

  input DonationActionInput {
    schema: DonationSchema
    "In cents"
    amount: Int
    "ISO 4217, such as EUR"
    currency: String
    frequencyUnit: DonationFrequencyUnit
    payload: Json!
  }

  input MttActionInput {
    subject: String
    body: String
    "UUIDs of targets"
    targets: [String!]!
    files: [String!]
  }
`;
