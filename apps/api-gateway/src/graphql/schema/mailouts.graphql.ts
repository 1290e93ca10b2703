/** graphql-api.md §11; docs/mailouts.md. */
export const mailoutsSdl = /* GraphQL */ `
  extend type RootQueryType {
    "Mailouts of the org, newest first; for its staff. after and limit (50; 500 at most) say which page"
    mailouts(orgName: String!, campaignName: String, after: ID, limit: Int): [Mailout!]!
    "How many people of a mailout are where, and what became of their mails: figures, no addresses"
    mailoutPeople(orgName: String!, name: String!): MailoutPeople!
  }

  extend type RootMutationType {
    "A draft: nobody is mailed before it is started"
    addMailout(orgName: String!, input: MailoutInput!): Mailout!
    "Builds the audience of a draft and sends; a paused one goes on where it stood"
    startMailout(orgName: String!, name: String!): Mailout!
    "Nobody more is handed over, and no further call is made, until it is started again"
    pauseMailout(orgName: String!, name: String!): Mailout!
    "For good: who has not got the mail will not get it"
    stopMailout(orgName: String!, name: String!): Mailout!
    "Sends it to the newest supporters who tested, 20 at most"
    testMailout(orgName: String!, name: String!): MailoutTest!
  }

  enum MailoutState {
    DRAFT
    "The audience is being built; nothing is sent before it is whole"
    BUILDING
    SENDING
    PAUSED
    STOPPED
    "Every batch was taken by the provider, which says nothing of delivery"
    COMPLETE
  }

  input MailoutInput {
    "Unique in the org: letters, digits, spaces, . _ and -; 100 at most"
    name: String!
    "One the org leads or has a page in"
    campaignName: String!
    "Of the org, or of its mail provider"
    template: String!
    segment: MailoutSegmentInput
  }

  "Whom of the campaign's supporters it is for; what is left out does not matter"
  input MailoutSegmentInput {
    "Who did an action of this type"
    actionType: String
    area: String
    "Of the page they signed on: de, or de_AT"
    language: String
    "Who signed then or later"
    since: DateTime
  }

  type Mailout {
    id: ID!
    name: String!
    campaignId: Int!
    template: String!
    segment: MailoutSegment!
    state: MailoutState!
    "So far"
    counts: MailoutCounts!
    "Of the mailing that carries it, once email-delivery knows of it: ask mailing for its progress, batches and failures"
    mailingId: ID
    "Why that mailing failed: a person retries it"
    error: String
    createdAt: Instant!
    startedAt: Instant
    "The audience is final since then"
    builtAt: Instant
    endedAt: Instant
  }

  type MailoutSegment {
    actionType: String
    area: String
    language: String
    since: Instant
  }

  type MailoutCounts {
    "Supporters of the segment, each person once"
    candidates: Int!
    handedOver: Int!
    leftOut: Int!
    awaitingOptIn: Int!
  }

  enum MailoutPersonState {
    HANDED_OVER
    LEFT_OUT
    "The mail is kept until they opt in, 30 days at most"
    AWAITING_OPT_IN
  }

  type MailoutPeople {
    people: [MailoutPeopleCount!]!
    "Of those handed over"
    mails: [MailoutMailCount!]!
  }

  type MailoutPeopleCount {
    state: MailoutPersonState!
    "Why they were left out"
    reason: String
    count: Int!
  }

  type MailoutMailCount {
    state: MailState!
    "Why the mail failed, or nobody knows"
    reason: String
    count: Int!
  }

  type MailoutTest {
    recipients: Int!
  }
`;
