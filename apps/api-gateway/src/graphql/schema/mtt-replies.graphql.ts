/** docs/mtt-replies.md. */
export const mttRepliesSdl = /* GraphQL */ `
  extend type RootQueryType {
    "What targets answered to messages of campaigns the org leads, newest first; after and limit (50; 100 at most) say which page. For whoever may export contacts"
    mttReplies(orgName: String!, campaignName: String, after: ID, limit: Int): MttReplies!
  }

  type MttReplies {
    replies: [MttReply!]!
    "To ask for the next page with; null on the last"
    after: ID
  }

  type MttReply {
    id: ID!
    receivedAt: Instant!
    campaignId: Int!
    actionId: Int!
    targetId: ID!
    "Of the supporter whose message it answers"
    contactRef: String!
    subject: String!
    "Plain, without what it quotes"
    text: String!
    "It was longer than 10000 characters"
    isCut: Boolean!
  }
`;
