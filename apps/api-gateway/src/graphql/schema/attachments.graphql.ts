/** graphql-api.md §11; docs/uploads.md. */
export const attachmentsSdl = /* GraphQL */ `
  extend type RootQueryType {
    "Files that came with an action at a page of the org; for its staff"
    attachments(orgName: String!, actionId: Int!): [Attachment!]!
  }

  extend type RootMutationType {
    "Asks for a link to which a file can be sent that an action on this page will have attached"
    requestUpload(actionPageId: Int!, name: String!, size: Int!, type: String!): Upload!
    "Asks for a link to which a file of actions can be sent, for importActions"
    requestActionsUpload(orgName: String!, name: String!, size: Int!, type: String!): Upload!
  }

  "Send the file by PUT to the url, with the headers in fields, until expiresAt; then give the key"
  type Upload {
    key: String!
    url: String!
    "Headers of the PUT"
    fields: Json
    expiresAt: DateTime!
  }

  enum AttachmentState {
    "To be looked at; or not sent yet"
    WAITING
    CLEAN
    "Not what it was said to be, or found harmful; nothing of it is kept"
    REFUSED
    "It could not be looked at; its job (scan-attachment) waits for a person to try it again"
    FAILED
  }

  type Attachment {
    id: Int!
    name: String!
    type: String!
    "Bytes"
    size: Int!
    state: AttachmentState!
    "Of one that was refused or failed"
    reason: String
    "Of a clean one, hexadecimal"
    sha256: String
    receivedAt: DateTime!
    endedAt: DateTime
    "Downloads a clean one; good for five minutes"
    url: String
    "A small WebP of a clean image; good for five minutes"
    thumbnailUrl: String
  }
`;
