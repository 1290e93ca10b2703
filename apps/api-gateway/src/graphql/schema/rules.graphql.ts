/** graphql-api.md §11; docs/rules.md. */
export const rulesSdl = /* GraphQL */ `
  extend type RootQueryType {
    "What the org has done by itself when something happens; for its staff, by id"
    rules(orgName: String!): [Rule!]!
    "What a rule of the org fired for, newest first; after and limit (50; 500 at most) say which page"
    ruleFirings(orgName: String!, ruleId: Int!, after: ID, limit: Int): RuleFirings!
  }

  extend type RootMutationType {
    addRule(orgName: String!, input: RuleInput!): Rule!
    "What is left out stays as it is; null takes a setting away. The trigger stays"
    updateRule(orgName: String!, id: Int!, input: RuleChanges!): Rule!
    "With what it fired for; what is under way is not sent any more"
    deleteRule(orgName: String!, id: Int!): Status!
  }

  enum RuleTrigger {
    ACTION_ADDED
    ACTION_ACCEPTED
    ACTION_REJECTED
    ACTION_ENRICHED
    "To a supporter or a target"
    MAIL_BOUNCED
    "Nobody calls it until somebody enables it"
    PUSH_ENDPOINT_DISABLED
    "A queue of the org has no reader, or does not move"
    QUEUE_ALERT
    FOLLOW_UP_CLOSED
    "For longer than afterHours"
    UNCONFIRMED
    UNMODERATED
    "A mail to a target"
    UNANSWERED
    "A figure of a campaign reaches one of values"
    GOAL
    "A figure of a campaign reaches a multiple of every"
    MILESTONE
    "Use of a resource reaches one of values, percent of its limit"
    QUOTA
    "By schedule"
    PERIODIC
  }

  enum RuleEffect {
    MAIL
    "An event for the org's event backend"
    WEBHOOK
    "A mail with figures of campaigns"
    DIGEST
  }

  enum RuleFigure {
    SUPPORTERS
    ACTIONS
  }

  enum RuleResource {
    MAIL
    ENRICHMENT
  }

  "All that is given must hold of the field"
  input RuleConditionInput {
    field: String!
    isOneOf: [String!]
    isNoneOf: [String!]
    atLeast: Int
    atMost: Int
  }

  input RuleInput {
    "Unique within the org"
    name: String!
    trigger: RuleTrigger!
    "One campaign the org leads or has a page in; none: all"
    campaignId: Int
    "All must hold"
    conditions: [RuleConditionInput!]
    afterHours: Int
    figure: RuleFigure
    actionType: String
    values: [Int!]
    every: Int
    resource: RuleResource
    "Cron expression of five fields, in the org's time zone (config.timezone); hourly at most"
    schedule: String
    effect: RuleEffect!
    "Addresses of people of the org; none: its owners"
    recipients: [String!]
    "True by default"
    enabled: Boolean
  }

  input RuleChanges {
    name: String
    campaignId: Int
    conditions: [RuleConditionInput!]
    afterHours: Int
    figure: RuleFigure
    actionType: String
    values: [Int!]
    every: Int
    resource: RuleResource
    schedule: String
    effect: RuleEffect
    recipients: [String!]
    enabled: Boolean
  }

  type RuleCondition {
    field: String!
    isOneOf: [String!]
    isNoneOf: [String!]
    atLeast: Int
    atMost: Int
  }

  type Rule {
    id: Int!
    name: String!
    trigger: RuleTrigger!
    campaignId: Int
    conditions: [RuleCondition!]!
    afterHours: Int
    figure: RuleFigure
    actionType: String
    values: [Int!]
    every: Int
    resource: RuleResource
    schedule: String
    effect: RuleEffect!
    recipients: [String!]!
    enabled: Boolean!
    "Of a periodic one"
    nextRunAt: Instant
    createdAt: Instant!
    updatedAt: Instant!
  }

  enum RuleFiringState {
    WAITING
    "The job that should have sent it has failed; it is sent when somebody retries that"
    FAILED
    SENT
    "Conditions did not hold any more, or the rule was switched off"
    LEFT_OUT
    "Somebody canceled the job"
    CANCELED
  }

  type RuleFirings {
    firings: [RuleFiring!]!
    "To ask for the next page with; null on the last"
    after: ID
  }

  type RuleFiring {
    id: ID!
    "The same text is the same thing: a rule fires for it once"
    subject: String!
    campaignId: Int
    "Ids, statuses and figures, by name"
    fields: Json!
    state: RuleFiringState!
    "Why it was left out, or what its job failed with"
    reason: String
    firedAt: Instant!
    endedAt: Instant
    "Since when it may fire for the same thing again"
    clearedAt: Instant
  }
`;
