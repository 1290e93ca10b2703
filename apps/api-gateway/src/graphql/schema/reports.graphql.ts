/** graphql-api.md §11; docs/reports.md. */
export const reportsSdl = /* GraphQL */ `
  extend type RootQueryType {
    "Reports asked for in the org, for its staff; newest first; after and limit (50; 500 at most) say which page"
    reports(orgName: String!, after: ID, limit: Int): Reports!
  }

  extend type RootMutationType {
    "Has a file made in the background; whoever asks gets a mail with its link, if they are staff of the org"
    requestReport(orgName: String!, input: ReportInput!): Report!
    "NOOP when it has ended already"
    cancelReport(orgName: String!, id: ID!): Status!
    "An address to download the file of a complete report from, at once"
    reportLink(orgName: String!, id: ID!): ReportLink!
  }

  enum ReportKind {
    "What actions gives the org without further arguments; needs export_contacts"
    ACTIONS
    "Actions of each page by day and type: own pages, and all of campaigns the org leads"
    CAMPAIGN_SUMMARY
    "What became of the mail to each target of campaigns the org leads"
    MTT_DELIVERY
    "Actions and mail of the org by month and campaign"
    USAGE
  }

  enum ReportFormat {
    CSV
    "At most 10 000 rows"
    XLSX
  }

  enum ReportState {
    QUEUED
    RUNNING
    COMPLETE
    ERROR
    CANCELED
    "Somebody in it was erased: ask for it anew"
    WITHDRAWN
  }

  input ReportInput {
    kind: ReportKind!
    "CSV when left out"
    format: ReportFormat
    "Name of one campaign; every one when left out"
    campaign: String
    "Accepted then or later"
    from: DateTime
    "Accepted before"
    to: DateTime
    "Of the mail, such as de; that of the org when left out"
    language: String
    "Of times and days in the file, such as Europe/Paris; that of the org (config.timezone), else UTC, when left out"
    timeZone: String
  }

  type Reports {
    reports: [Report!]!
    "To ask for the next page with; null on the last"
    after: ID
  }

  type Report {
    id: ID!
    kind: ReportKind!
    format: ReportFormat!
    campaignId: Int
    from: Instant
    to: Instant
    language: String!
    timeZone: String!
    state: ReportState!
    "So far, or in all"
    rows: Int
    "Bytes of the file"
    size: Float
    error: String
    requestedAt: Instant!
    finishedAt: Instant
    "Of a complete one: until when it can be downloaded"
    expiresAt: Instant
  }

  type ReportLink {
    "Needs no login: not to be passed on"
    url: String!
    expiresAt: Instant!
  }
`;
