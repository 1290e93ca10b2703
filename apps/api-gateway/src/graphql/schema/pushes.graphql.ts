/** graphql-api.md §11; docs/push-api.md. */
export const pushesSdl = /* GraphQL */ `
  extend type RootQueryType {
    "The services that actions and events of the org are pushed to, and how calls to them go; for its staff"
    pushEndpoints(orgName: String!): [PushEndpoint!]!
    "Newest first; after and limit (50; 100 at most) say which page"
    pushes(orgName: String!, select: SelectPushes, after: ID, limit: Int): Pushes!
  }

  extend type RootMutationType {
    "Has a disabled endpoint called again, and what waited for it sent; NOOP when it is not disabled"
    enablePushEndpoint(orgName: String!, id: Int!): Status!
    "Sends a push anew that failed; NOOP when it waits already, or cannot be sent any more: a delivered or dropped one"
    replayPush(orgName: String!, id: ID!): Status!
    "The same for all of the org that failed, of those taken over from that time on and before this one"
    replayFailedPushes(orgName: String!, from: DateTime, to: DateTime): PushReplay!
    "Gives a push up that waits or failed, for good; NOOP when it is under way, or has ended otherwise"
    dropPush(orgName: String!, id: ID!): Status!
    "Makes the secret that signs what is pushed to a webhook, or a new one; the old one signs beside it for 24 hours"
    rotateSigningSecret(orgName: String!, id: Int!): SigningSecret!
  }

  enum PushKind {
    ACTION
    EVENT
  }

  enum PushEndpointState {
    ENABLED
    "It failed, or asked for a pause: nobody calls it for a while"
    RESTING
    "Nobody calls it until somebody enables it; what is for it waits"
    DISABLED
  }

  type PushEndpoint {
    serviceId: Int!
    name: ServiceName!
    "Without scheme, credentials, path and query"
    host: String
    "What is pushed to it"
    usedFor: [PushKind!]!
    state: PushEndpointState!
    "Why it is disabled, or rests"
    reason: String
    "When it was disabled, or began to fail"
    since: Instant
    "Of a resting one"
    restsUntil: Instant
    "To about ten seconds"
    lastSuccessAt: Instant
    lastFailureAt: Instant
    lastError: String
    failuresInRow: Int!
    backlog: PushBacklog!
    "Of a webhook; whether what it gets is signed"
    hasSigningSecret: Boolean!
    "While the previous secret signs too"
    previousSecretUntil: Instant
  }

  "Of the kinds the endpoint is used for"
  type PushBacklog {
    "With those under way"
    waiting: Int!
    "Since when the oldest of these waits"
    oldestAt: Instant
    failed: Int!
  }

  enum PushState {
    WAITING
    SENDING
    DELIVERED
    "Nobody tries it again, until somebody has it replayed"
    FAILED
    "Given up by a person, or the person it is about was erased"
    DROPPED
  }

  input SelectPushes {
    state: PushState
    "Taken over then or later"
    from: DateTime
    "Taken over before"
    to: DateTime
  }

  type Pushes {
    pushes: [Push!]!
    "To ask for the next page with; null on the last"
    after: ID
  }

  "A message for an endpoint of the org; never what it says"
  type Push {
    id: ID!
    "Idempotency-Key and webhook-id of each of its calls"
    messageId: String!
    kind: PushKind!
    actionId: Int
    state: PushState!
    attemptCount: Int!
    "Of a waiting one"
    dueAt: Instant
    "From the queue"
    takenAt: Instant!
    endedAt: Instant
    lastError: String
    "The last 50, newest first"
    attempts: [PushAttempt!]!
  }

  enum PushOutcome {
    DELIVERED
    "To be tried again"
    RETRY
    FAILED
  }

  type PushAttempt {
    "From 1; after a fault of the endpoint itself the next one has the same number"
    attempt: Int!
    attemptedAt: Instant!
    serviceId: Int!
    outcome: PushOutcome!
    "HTTP status, where there was an answer"
    status: Int
    latencyMs: Int!
    error: String
    "How the endpoint's answer begins"
    excerpt: String
  }

  type PushReplay {
    count: Int!
  }

  type SigningSecret {
    serviceId: Int!
    "For the endpoint, to check signatures with; shown this once"
    secret: String!
    "While the previous secret signs too; null when there was none"
    previousSecretUntil: Instant
  }
`;
