/** graphql-api.md §11; docs/crm-access.md. */
export const crmAccessSdl = /* GraphQL */ `
  extend type RootQueryType {
    "How the org's own software reads its queues: figures, and credentials without their passwords; for its staff"
    crmAccess(orgName: String!): CrmAccess!
  }

  extend type RootMutationType {
    "A broker user that may read the org's queues, and nothing else; 10 at most that are not revoked"
    createCrmCredential(orgName: String!, label: String!): CrmLogin!
    "A new password; the old one and whoever is connected with it are cut off"
    rotateCrmCredential(orgName: String!, id: ID!): CrmLogin!
    "Cuts it off for good; NOOP when that was done before"
    revokeCrmCredential(orgName: String!, id: ID!): Status!
  }

  type CrmAccess {
    "Null with an error while topology-service or the broker do not answer"
    queues: OrgQueues
    backlog: OrgBacklog!
    "Newest first; all that are not revoked, and the last 50 that are"
    credentials: [CrmCredential!]!
  }

  enum OrgQueuesState {
    "On their way, or being repaired: nothing is published for the org until then"
    PENDING
    CONFIRMED
    "An operator must look"
    DAMAGED
  }

  type OrgQueues {
    state: OrgQueuesState!
    "Nothing is published for the org until its queues hold less"
    isFull: Boolean!
    queues: [OrgQueue!]!
  }

  enum OrgQueuePurpose {
    CRM
    CONFIRM
    MODERATE
    "Read by ourselves, who push its messages to the org's endpoint"
    WEBHOOK
  }

  "Figures as the broker reported them within the last seconds; null: not reported yet"
  type OrgQueue {
    name: String!
    purpose: OrgQueuePurpose!
    "False while the broker has none of that name"
    exists: Boolean!
    ready: Int
    "With a reader that has not acked them yet"
    unacked: Int
    consumers: Int
    bytes: Float
    "When it was last seen empty: its oldest message came after that; null: not known"
    oldestAfter: Instant
    "Messages for it that found no way back after a rejection, and wait for an operator"
    parked: Int!
    alerts: [QueueAlert!]!
  }

  enum QueueAlertKind {
    "It holds messages, and nobody reads it"
    NO_CONSUMER
    "It holds messages, and none leaves it"
    NOT_MOVING
  }

  type QueueAlert {
    kind: QueueAlertKind!
    since: Instant!
  }

  "What waits to be published to the org's queues"
  type OrgBacklog {
    "100000: that many or more"
    messages: Int!
    oldestAt: Instant
  }

  enum CrmCredentialState {
    "Not known to the broker yet, or not with its new password"
    PENDING
    ACTIVE
    "Not cut off by the broker yet"
    REVOKING
    REVOKED
  }

  type CrmCredential {
    id: ID!
    label: String!
    username: String!
    state: CrmCredentialState!
    createdAt: Instant!
    "Id of the user"
    createdBy: Int!
    rotatedAt: Instant
    revokedAt: Instant
  }

  type CrmLogin {
    id: ID!
    username: String!
    "Shown this once"
    password: String!
    "Where to log in, as a URL without user and password; null: ask the operator"
    address: String
    state: CrmCredentialState!
  }
`;
