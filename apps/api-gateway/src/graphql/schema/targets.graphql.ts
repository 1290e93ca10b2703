const targetFields = /* GraphQL */ `
  "A UUID"
  id: String!
  name: String!
  externalId: String!
  locale: String
  area: String
  fields: Json
`;

/** graphql-api.md §5.9, §7.9. */
export const targetsSdl = /* GraphQL */ `
  extend type RootMutationType {
    "Found by externalId within the campaign; all or nothing. The answer is in order of externalId"
    upsertTargets(targets: [TargetInput!]!, campaignId: Int!, outdatedTargets: OutdatedTargets): [PrivateTarget]!
  }

  enum OutdatedTargets {
    "What is missing from the list stays as it is"
    KEEP
    "It gets no mail until it is listed again"
    DISABLE
    "It goes, and everything is refused when one of them has messages"
    DELETE
  }

  enum EmailStatus {
    NONE
    DOUBLE_OPT_IN
    BOUNCE
    BLOCKED
    SPAM
    UNSUB
    INACTIVE
    ACTIVE
  }

  interface Target {
    ${targetFields}
  }

  type PublicTarget implements Target {
    ${targetFields}
  }

  type PrivateTarget implements Target {
    ${targetFields}
    emails: [TargetEmail]!
  }

  type TargetEmail {
    email: String!
    "INACTIVE while the address is disabled"
    emailStatus: EmailStatus!
    error: String
  }

  input TargetInput {
    "Needed for a new target"
    name: String
    externalId: String!
    "As en or pt_BR"
    locale: String
    area: String
    "Flat, at most 5120 bytes"
    fields: Json
    "Absent: unchanged; a list becomes the exact set"
    emails: [TargetEmailInput!]
  }

  input TargetEmailInput {
    email: String!
  }
`;
