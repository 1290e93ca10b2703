/** graphql-api.md §5.5, §11. */
export const erasureSdl = /* GraphQL */ `
  extend type RootMutationType {
    "As eraseContact; SUCCESS even when nothing matched"
    deleteContact(orgName: String!, contactRef: String!): Status!
    "Erases what the org holds of a person; twice is safe, and completes what was pending"
    eraseContact(orgName: String!, contactRef: String!): ErasureReceipt!
  }

  type ErasureReceipt {
    id: ID!
    "What was accepted before is erased, also where it turns up later"
    erasedAt: DateTime!
    "state (complete or pending), what was erased per place, and what had left before"
    counts: Json!
  }
`;
