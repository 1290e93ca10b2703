/** graphql-api.md §5.5, §7.4. */
export const keysSdl = /* GraphQL */ `
  extend type RootMutationType {
    "The private part is returned here and never again"
    generateKey(orgName: String!, input: GenKeyInput!): KeyWithPrivate!
    addKey(orgName: String!, input: AddKeyInput!): Key!
    "Contacts that come after it are stored unencrypted"
    deactivateAllKeys(orgName: String!): ActivateKeyResult!
    activateKey(orgName: String!, id: Int!): ActivateKeyResult!
  }

  type Key {
    id: Int!
    "Base64url without padding"
    public: String!
    name: String!
    active: Boolean!
    expired: Boolean!
    expiredAt: NaiveDateTime
  }

  type KeyWithPrivate {
    id: Int!
    public: String!
    private: String!
    name: String!
    active: Boolean!
    expired: Boolean!
    expiredAt: NaiveDateTime
  }

  input AddKeyInput {
    name: String!
    public: String!
  }

  input GenKeyInput {
    name: String!
  }

  input SelectKey {
    id: Int
    active: Boolean
    public: String
  }

  type ActivateKeyResult {
    status: Status!
  }
`;
