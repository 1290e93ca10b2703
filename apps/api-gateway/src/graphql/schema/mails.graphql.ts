/** graphql-api.md §11; docs/mails-api.md. */
export const mailsSdl = /* GraphQL */ `
  extend type RootQueryType {
    "For instance admins: how far the loops are that read providers' events"
    mailLoops: MailLoops!
    "What became of each mail of an action, oldest first; for staff of the page's org or of the lead"
    mailHistory(orgName: String!, actionId: Int!): [Mail!]!
    "Single mails that need a person, newest first; of all orgs (instance admins) when none is named"
    mails(orgName: String, select: SelectMails): WaitingMails!
    "Whether a service of the org still mails this address"
    mailSuppression(orgName: String!, serviceId: Int!, email: String!): MailSuppression!
    "Newest first"
    mailings(orgName: String!, select: SelectMailings): [Mailing!]!
    mailing(orgName: String!, id: ID!): Mailing!
  }

  extend type RootMutationType {
    "Has a window of events read again; instance admins"
    scheduleMailEvents(begin: DateTime!, end: DateTime!): MailLoops!
    "NOOP when nothing is scheduled; instance admins"
    cancelScheduledMailEvents: Status!
    "Sends a mail again of which nobody knows whether it went; NOOP when that was done before"
    resendMail(orgName: String!, id: ID!): Status!
    "Lets such a mail be; NOOP when that was done before"
    dropMail(orgName: String!, id: ID!): Status!
    "Takes an address off the provider's lists, then off ours; NOOP when it was not on ours"
    removeMailSuppression(orgName: String!, serviceId: Int!, email: String!): MailSuppressionRemoval!
    "Sends what was not sent of a failed mailing"
    retryMailing(orgName: String!, id: ID!): Status!
    "For good: nobody else is called"
    stopMailing(orgName: String!, id: ID!): Status!
  }

  """
  ISO 8601 in UTC with Z, to the millisecond.
  """
  scalar Instant

  type MailLoops {
    "All types of events but opened"
    latest: MailLoop!
    latestOpened: MailLoop!
    missing: MailLoop!
    scheduled: ScheduledMailLoop!
    domains: [MailLoopsOfDomain!]!
    "Services whose provider tells nothing of its mails: their figures stay at 0"
    withoutEvents: [ServiceWithoutEvents!]!
  }

  type MailLoopsOfDomain {
    "Host of the API and domain"
    domain: String!
    serviceIds: [Int!]!
    latest: MailLoop!
    latestOpened: MailLoop!
    missing: MailLoop!
    scheduled: ScheduledMailLoop!
  }

  type MailLoop {
    running: Boolean!
    jobName: String!
    lastStarted: Instant
    lastBegin: Instant
    lastEventTimestamp: Instant
    lastFinished: Instant
    lastError: String
    eventsLastRun: Int!
    "0 when the last run drained its window"
    lagSeconds: Float!
    canceled: Boolean!
  }

  type ScheduledMailLoop {
    running: Boolean!
    jobName: String!
    lastStarted: Instant
    lastBegin: Instant
    lastEventTimestamp: Instant
    lastFinished: Instant
    lastError: String
    eventsLastRun: Int!
    lagSeconds: Float!
    canceled: Boolean!
    schedule: MailWindow
  }

  type MailWindow {
    begin: Instant!
    end: Instant!
  }

  type ServiceWithoutEvents {
    serviceId: Int!
    orgId: Int!
    name: String!
  }

  enum MailState {
    QUEUED
    SENDING
    SENT
    FAILED
    "The provider was called and nobody knows what came of it"
    UNKNOWN
    "To a target, and not to be sent just then: it is asked for again when it may go"
    RETURNED
  }

  "Never whom it is for, nor what it says"
  type Mail {
    id: ID!
    purpose: String!
    kind: String!
    orgId: Int!
    actionId: Int
    campaignId: Int
    pageId: Int
    mailingId: ID
    serviceId: Int
    template: String
    locale: String
    state: MailState!
    attempts: Int!
    error: String
    createdAt: Instant!
    updatedAt: Instant!
    "Of a queued one"
    nextAttemptAt: Instant
    sentAt: Instant
    deliveredAt: Instant
    openedAt: Instant
    clickedAt: Instant
    bouncedAt: Instant
    "The newest failure its provider told of"
    failure: MailFailure
    "The first 100, oldest first"
    events: [MailEvent!]!
  }

  enum MailSeverity {
    "The provider tries again"
    TEMPORARY
    PERMANENT
  }

  type MailFailure {
    severity: MailSeverity!
    "0: none was given"
    code: Int!
    enhancedCode: String
    message: String!
    failedAt: Instant!
    attempts: Int!
    "The provider had suppressed the address before"
    isSuppressed: Boolean!
    "Delivered after all"
    resolvedAt: Instant
  }

  type MailEvent {
    "Such as DELIVERED, OPENED, CLICKED, FAILED, BLOCKED, UNSUBSCRIBED, COMPLAINED"
    type: String!
    severity: MailSeverity
    "By a machine: not counted"
    isMachine: Boolean!
    errorCode: Int
    at: Instant!
  }

  enum WaitingMailState {
    FAILED
    UNKNOWN
  }

  input SelectMails {
    state: WaitingMailState
    kind: String
    "Of the page before"
    after: ID
    "50; 500 at most"
    limit: Int
  }

  type WaitingMails {
    mails: [Mail!]!
    "To ask for the next page with; null on the last"
    after: ID
    "Of all kinds and pages"
    counts: WaitingMailCounts!
  }

  type WaitingMailCounts {
    failed: Int!
    unknown: Int!
  }

  enum SuppressionReason {
    BOUNCE
    SPAM
    UNSUB
  }

  type MailSuppression {
    suppressed: Boolean!
    reason: SuppressionReason
    at: Instant
  }

  enum SuppressionAtProvider {
    REMOVED
    "The provider keeps no list"
    HAS_NONE
    "Its list is edited at the provider only"
    NOT_ASKED
  }

  type MailSuppressionRemoval {
    status: Status!
    provider: SuppressionAtProvider!
  }

  enum MailingState {
    "Content or recipients are still coming"
    OPEN
    PENDING
    SUBMITTING
    "Every batch was taken by the provider, which says nothing of delivery"
    SUBMITTED
    FAILED
    STOPPED
  }

  enum MailingPhase {
    COLLECTING
    PREPARING
    "For its account or its time"
    WAITING
    SENDING
    STOPPING
    SUBMITTED
    FAILED
    STOPPED
  }

  input SelectMailings {
    state: MailingState
    "Id of the last mailing of the page before"
    after: ID
    "50; 500 at most"
    limit: Int
  }

  type Mailing {
    id: ID!
    purpose: String!
    orgId: Int!
    campaignId: Int
    state: MailingState!
    phase: MailingPhase!
    error: String
    template: String
    subject: String
    createdAt: Instant!
    "Its recipients are final since then"
    preparedAt: Instant
    submittedAt: Instant
    progress: MailingProgress!
    counts: MailingCounts!
    "By status, newest first"
    batches: [MailingBatch!]!
    "Recipients who did not get it, of whom nobody knows, or of whom the provider told a failure"
    failures(after: ID, limit: Int): [Mail!]!
  }

  type MailingProgress {
    "With an end, whatever it is"
    completed: Int!
    "Who is to get it; before it is prepared, how many were announced"
    total: Int!
    "At the pace of the run under way"
    eta: Instant
  }

  type MailingCounts {
    candidates: Int!
    "Left out, such as suppressed or erased ones"
    excluded: Int!
    recipients: Int!
    delivered: Int!
    opened: Int!
    clicked: Int!
    failed: Int!
  }

  enum MailingBatchStatus {
    PENDING
    "Without an end: whether the provider took it is being found out"
    SUBMITTING
    SUBMITTED
    FAILED
  }

  type MailingBatch {
    id: ID!
    number: Int!
    status: MailingBatchStatus!
    providerId: String
    recipientCount: Int!
    attempts: Int!
    errorStatus: Int
    errorMessage: String
    errorDetails: Json
    notBefore: Instant
    createdAt: Instant!
    submittedAt: Instant
  }
`;
