/** graphql-api.md §11; docs/enrichment.md. */
export const enrichmentSdl = /* GraphQL */ `
  extend type RootQueryType {
    "What was made of an action and its attachments; for staff of the page's org and of the lead"
    enrichments(orgName: String!, actionId: Int!): [Enrichment!]!
    "What the org may use in a calendar month (UTC; YYYY-MM, this one unless it is given), and what it did; every kind"
    enrichmentUsage(orgName: String!, month: String): [EnrichmentUsage!]!
  }

  extend type RootMutationType {
    "What is to be made of actions from now on; no rules: nothing. Kept in the campaign's config, as enrichment"
    updateCampaignEnrichment(campaignId: Int!, rules: [EnrichmentRuleInput!]!): Campaign!
    "Units in a calendar month; 0: not allowed. NOOP when it is so already"
    setEnrichmentQuota(orgName: String!, kind: EnrichmentKind!, monthlyUnits: Int!): Status!
    "Begins one anew that failed; NOOP when it is complete, or under way. The org is the campaign's lead, who pays again"
    retryEnrichment(orgName: String!, id: ID!): Status!
  }

  enum EnrichmentKind {
    "Of a custom field; units are characters"
    TRANSLATE
    "Of a custom field; units are characters"
    SENTIMENT
    "Of recorded voice; units are seconds, 15 at least"
    TRANSCRIBE
    "Of images; units are images"
    LABEL
  }

  enum EnrichmentStatus {
    QUEUED
    "With the provider"
    SUBMITTED
    COMPLETE
    ERROR
    "The provider did not end within a day"
    TIMEOUT
  }

  input EnrichmentRuleInput {
    kind: EnrichmentKind!
    "Custom field, of TRANSLATE and SENTIMENT"
    field: String
    "Into which one TRANSLATE translates, as en or pt-BR; which one is spoken in what TRANSCRIBE hears, found out unless it is given"
    language: String
  }

  type Enrichment {
    id: ID!
    kind: EnrichmentKind!
    "Name of the custom field, or attachment:ID"
    field: String!
    status: EnrichmentStatus!
    "Why there is no result"
    reason: String
    "How the provider calls it"
    detail: String
    "By kind, see docs/enrichment.md; null until it is complete"
    result: Json
    "What it cost"
    units: Int
    attempts: Int!
    requestedAt: Instant!
    submittedAt: Instant
    completedAt: Instant
  }

  type EnrichmentUsage {
    kind: EnrichmentKind!
    month: String!
    "0: not allowed"
    quota: Int!
    used: Int!
    "By what is under way"
    reserved: Int!
  }
`;
