/** docs/follow-ups.md. */
export const followUpsSdl = /* GraphQL */ `
  extend type RootQueryType {
    "What is left to do about actions and supporters, oldest first; after and limit (50; 200 at most) say which page. For staff"
    followUps(orgName: String!, select: SelectFollowUps, after: ID, limit: Int): FollowUps!
    "How look-ups of supporters' details at the org's own service go; null where it has none. For staff"
    detailBackend(orgName: String!): DetailBackend
  }

  extend type RootMutationType {
    "One item per assignee, or one for nobody yet; about an action or about a supporter of the org. For staff"
    createFollowUps(orgName: String!, input: FollowUpInput!): [FollowUp!]!
    "Null: nobody's any more; NOOP when it is theirs already, or closed. For staff"
    assignFollowUp(orgName: String!, id: ID!, assignee: FollowUpAssigneeInput): Status!
    "NOOP when it is closed already. Siblings stay open. For staff"
    closeFollowUp(orgName: String!, id: ID!, outcome: FollowUpOutcome = DONE): Status!
  }

  enum FollowUpKind {
    "An action waits for moderation; made and closed with it, where the org's config has followUps.moderation"
    MODERATION
    CALL
    REMINDER
  }

  enum FollowUpState {
    OPEN
    DONE
    CANCELED
  }

  enum FollowUpOutcome {
    DONE
    CANCELED
  }

  input SelectFollowUps {
    "Open ones where it is not given"
    state: FollowUpState
    kind: FollowUpKind
    "About this action"
    actionId: Int
    "Only those of whoever asks"
    mine: Boolean
    dueBefore: DateTime
  }

  "Exactly one of both"
  input FollowUpAssigneeInput {
    "Staff of the org"
    userId: Int
    "Email address of somebody who is not"
    volunteer: String
  }

  input FollowUpInput {
    "CALL or REMINDER"
    kind: FollowUpKind!
    "On a page of the org, or in a campaign it leads"
    actionId: Int
    "Of a supporter the org has a record of; instead of actionId"
    contactRef: String
    dueAt: DateTime
    "All assignees are to do it; else the first answer cancels what the others have"
    completeAll: Boolean = false
    "100 at most"
    assignees: [FollowUpAssigneeInput!]
  }

  type FollowUps {
    followUps: [FollowUp!]!
    "To ask for the next page with; null on the last"
    after: ID
  }

  type FollowUp {
    id: ID!
    kind: FollowUpKind!
    state: FollowUpState!
    actionId: Int
    contactRef: String
    "The same for siblings"
    group: ID
    completeAll: Boolean!
    dueAt: Instant
    assignee: FollowUpAssignee
    createdAt: Instant!
    closedAt: Instant
    "The action that answered it or a sibling"
    closedByActionId: Int
    "For ActionInput.followUp: an action with it closes the item. Null for moderation"
    token: String
  }

  type FollowUpAssignee {
    "Null for a volunteer"
    userId: Int
    email: String!
  }

  type DetailBackend {
    serviceId: Int!
    "Actions that wait for details"
    waiting: Int!
    "Since when the oldest of these waits"
    oldestAt: Instant
    "Actions that went on without details in the last 30 days, since the service was not to be reached or answered nothing of use"
    givenUp: Int!
    failingSince: Instant
    restsUntil: Instant
    lastSuccessAt: Instant
    lastError: String
  }
`;
