/** graphql-api.md §5.4, §7.5. */
export const usersSdl = /* GraphQL */ `
  extend type RootQueryType {
    currentUser: User!
  }

  extend type RootMutationType {
    "Revokes the old API token; the new one is returned once"
    resetApiToken: String!
  }

  type User {
    id: Int!
    email: String!
    phone: String
    pictureUrl: String
    jobTitle: String
    "The caller's own only"
    apiToken: ApiToken
    isAdmin: Boolean!
    roles: [UserRole!]!
  }

  type UserRole {
    org: Org!
    role: String!
  }

  type OrgUser {
    email: String!
    role: String!
    createdAt: NaiveDateTime!
    joinedAt: NaiveDateTime!
    lastSigninAt: NaiveDateTime
  }

  type ApiToken {
    expiresAt: NaiveDateTime!
  }
`;
