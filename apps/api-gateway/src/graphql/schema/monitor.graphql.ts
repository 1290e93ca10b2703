/** graphql-api.md §11, background-jobs.md §9; docs/queues.md. Without \`orgName\`: for instance admins, of everything. */
export const monitorSdl = /* GraphQL */ `
  extend type RootQueryType {
    "Everything that waits, by name; after and limit (200; 1000 at most) say which page"
    queues(orgName: String, kind: QueueKind, after: String, limit: Int): MonitoredQueues!
    "Oldest first, from minute samples of the last days (1; 14 at most); the worst of each span, of a minute for one day"
    queueHistory(orgName: String, name: String!, days: Int): [QueueSample!]!
    "Of one service, newest first; after and limit (50; 500 at most) say which page"
    jobs(orgName: String, service: String!, select: SelectJobs, after: ID, limit: Int): [Job!]!
    job(orgName: String, id: ID!): Job!
    "Of one service, newest first; after and limit (50; 500 at most) say which page"
    parkedMessages(
      orgName: String
      service: String!
      queue: String
      reason: String
      after: ID
      limit: Int
    ): [ParkedMessage!]!
    "With what it says; that somebody looked is written down"
    parkedMessage(orgName: String, id: ID!): ParkedContents!
  }

  extend type RootMutationType {
    "Has a failed or canceled job done again from where it stood; NOOP in any other state"
    retryJob(orgName: String, id: ID!): Status!
    "Calls a job off: one that runs ends after the step in hand; NOOP when it has ended"
    cancelJob(orgName: String, id: ID!): Status!
    "Gives up a job that waits or failed; NOOP when it runs or has ended"
    discardJob(orgName: String, id: ID!): Status!
    "Nobody reads the queue of the broker, or takes jobs of the type, until it is resumed; NOOP when that is so already"
    pauseQueue(name: String!): Status!
    resumeQueue(name: String!): Status!
    "Sends parked messages back to their queue under the ids they had"
    replayParked(orgName: String, select: SelectParked!): ParkedChange!
    "Gives parked messages up for good"
    dropParked(orgName: String, select: SelectParked!): ParkedChange!
  }

  enum QueueKind {
    BROKER
    OUTBOX
    SPOOL
    JOBS
    MAIL
    MAILINGS
    MAIL_EVENTS
    LOOPS
    MTT
    PUSHES
    AWAITING
    REFERENCES
    ENRICHMENT
    PARKED
  }

  type MonitoredQueues {
    "False: topology-service or the broker did not answer, and its queues are left out"
    brokerAnswers: Boolean!
    queues: [MonitoredQueue!]!
  }

  type MonitoredQueue {
    "A queue of the broker by its own name, everything else with a colon"
    name: String!
    kind: QueueKind!
    "Who empties it; null for an org's own software"
    service: String
    "Where it is of one org alone"
    orgId: Int
    waiting: Float!
    "Not due yet"
    delayed: Float!
    active: Float!
    "Tried for the last time"
    failed: Float!
    "A person must decide"
    dead: Float!
    "Of what failed or is dead, most frequent first; numbers in them are left out"
    reasons: [QueueReason!]!
    "Age of the oldest that is due"
    oldestSeconds: Float
    "The age is since when it was last empty: nothing in it is older"
    isAgeAtMost: Boolean!
    "Of the newest minute that was sampled; null where nobody counts it"
    inPerMinute: Float
    outPerMinute: Float
    errorsPerMinute: Float
    workers: Int
    isPaused: Boolean!
  }

  type QueueReason {
    reason: String!
    count: Float!
  }

  type QueueSample {
    at: Instant!
    waiting: Float!
    delayed: Float!
    active: Float!
    failed: Float!
    dead: Float!
    oldestSeconds: Float
    inPerMinute: Float
    outPerMinute: Float
    errorsPerMinute: Float
    workers: Int
  }

  enum JobState {
    QUEUED
    RUNNING
    COMPLETE
    "Until a person retries or cancels it"
    FAILED
    CANCELED
  }

  input SelectJobs {
    state: JobState
    type: String
  }

  type JobProgress {
    done: Float
    total: Float
    note: String
  }

  "Work in the background; never what it is about"
  type Job {
    "service-number"
    id: ID!
    service: String!
    type: String!
    "0: our own"
    orgId: Int!
    state: JobState!
    priority: Int!
    "Since it last got on"
    attempts: Int!
    maxAttempts: Int!
    "Times it was taken, in all"
    claims: Int!
    progress: JobProgress
    result: Json
    lastError: String
    lockedBy: String
    dueAt: Instant!
    createdAt: Instant!
    startedAt: Instant
    heartbeatAt: Instant
    cancelRequestedAt: Instant
    finishedAt: Instant
  }

  type ParkedMessage {
    "service-number"
    id: ID!
    service: String!
    queue: String!
    messageId: String!
    reason: String!
    parkedAt: Instant!
    bytes: Int!
  }

  type ParkedContents {
    id: ID!
    service: String!
    queue: String!
    messageId: String!
    reason: String!
    parkedAt: Instant!
    bytes: Int!
    details: Json
    headers: Json
    body: String!
    "The body is no text: it is in base64"
    isBase64: Boolean!
  }

  "By ids (1000 at most), or all of a queue; those that are there now"
  input SelectParked {
    service: String!
    queue: String
    reason: String
    ids: [ID!]
    "This one and those parked before"
    upTo: ID
  }

  type ParkedChange {
    count: Int!
    "Stay parked: the broker did not take them, or knows no way to their queue"
    kept: Int!
    "Why the first of these stays"
    fault: String
    "False: it took too long, some are left; ask again"
    isComplete: Boolean!
  }
`;
