/** background-jobs.md §2; docs/import.md. */
export const importsSdl = /* GraphQL */ `
  extend type RootQueryType {
    "Files of actions, newest first; after and limit (50; 500 at most) say which page"
    actionUploads(orgName: String!, after: ID, limit: Int): ActionUploads!
    actionUpload(orgName: String!, id: ID!): ActionUpload!
    "Rows that were refused, in the order they were read; 10 000 are kept, for 14 days"
    actionUploadErrors(orgName: String!, id: ID!, after: ID, limit: Int): ActionUploadErrors!
    "Actions on the org's pages that name somebody who was not known when they came; seen for 14 days"
    lateReferences(orgName: String!, state: LateReferenceState, after: ID, limit: Int): LateReferences!
  }

  extend type RootMutationType {
    "Has a file read that was uploaded by requestActionsUpload: each row becomes an action on the page"
    importActions(orgName: String!, input: ImportActionsInput!): ActionUpload!
    "Rows that were taken stay; NOOP when it has ended"
    cancelActionUpload(orgName: String!, id: ID!): Status!
  }

  enum ImportFormat {
    "UTF-8, with a header"
    CSV
    "Objects, one after the other or in an array"
    JSON
  }

  enum CsvDelimiter {
    COMMA
    SEMICOLON
    TAB
  }

  input ImportActionsInput {
    "A page of the org"
    actionPageId: Int!
    "As requestActionsUpload gave it"
    key: String!
    format: ImportFormat!
    "COMMA when left out"
    delimiter: CsvDelimiter
    "Columns, or keys of JSON, that are not called as a field is"
    mapping: [ImportMappingInput!]
    "Fields of rows that say nothing there"
    defaults: [ImportDefaultInput!]
    "What people agreed to, where a row does not say it"
    privacy: ConsentInput!
    "Confirm and thank-you mails as for signatures; nobody is mailed when left out"
    sendsMails: Boolean
    testing: Boolean
    "Only says what an import would: nothing is stored, and the file can be imported afterwards"
    dryRun: Boolean
  }

  input ImportMappingInput {
    column: String!
    "Left out or null: the column is not read"
    field: String
  }

  input ImportDefaultInput {
    field: String!
    value: String!
  }

  enum ActionUploadState {
    WAITING
    READING
    COMPLETE
    "The file cannot be read, or not to its end; rows before that were taken"
    REFUSED
    "Something of ours does not work; an operator can have it go on"
    FAILED
    CANCELED
  }

  type ActionUpload {
    id: ID!
    actionPageId: Int!
    format: ImportFormat!
    dryRun: Boolean!
    state: ActionUploadState!
    "Why it was refused, or has failed"
    reason: String
    "Read so far"
    rows: Int!
    accepted: Int!
    refused: Int!
    "Rows with a clientActionId that an earlier row of the file has"
    duplicates: Int!
    "Of the file, from 0 to 1"
    progress: Float!
    "Rows that name somebody by contactRef; those who were not known at once are counted for 14 days"
    references: UploadReferences!
    "CSV of the rows that were refused, to be downloaded within an hour; null where none was, and until all rows are read"
    errorsUrl: String
    createdAt: Instant!
    finishedAt: Instant
  }

  type UploadReferences {
    waiting: Int!
    linked: Int!
    givenUp: Int!
  }

  type ActionUploads {
    uploads: [ActionUpload!]!
    "To ask for the next page with; null on the last"
    after: ID
  }

  type ActionUploadErrors {
    errors: [ActionUploadError!]!
    after: ID
  }

  type ActionUploadError {
    "1 for the first below the header"
    row: Int!
    "As mapping names them; null for the row as a whole"
    field: String
    reason: String!
  }

  enum LateReferenceState {
    WAITING
    LINKED
    "Nobody known by it came within 7 days"
    GIVEN_UP
  }

  type LateReferences {
    references: [LateReference!]!
    after: ID
  }

  type LateReference {
    actionId: Int!
    state: LateReferenceState!
    reason: String
    attempts: Int!
    since: Instant!
    settledAt: Instant
    "Where it is a row of a file"
    uploadId: ID
    row: Int
  }
`;
