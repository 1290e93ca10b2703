/** graphql-api.md §5.4, §7.5. */
export const usersSdl = /* GraphQL */ `
  extend type RootQueryType {
    currentUser: User!
    "For whoever manages users. Conditions are combined with AND, null ones are ignored"
    users(select: SelectUser): [User!]!
  }

  extend type RootMutationType {
    "Revokes the old API token; the new one is returned once"
    resetApiToken: String!
    "Without id and email: the caller's own details"
    updateUser(input: UserDetailsInput!, id: Int, email: String): User!
    addOrgUser(orgName: String!, input: OrgUserInput!): ChangeUserStatus!
    "By a code sent to the address, which may have no account yet"
    inviteOrgUser(orgName: String!, input: OrgUserInput!, message: String): Confirm!
    updateOrgUser(orgName: String!, input: OrgUserInput!): ChangeUserStatus!
    deleteOrgUser(orgName: String!, email: String!): DeleteUserResult
    "The caller becomes owner"
    joinOrg(name: String!): JoinOrgResult!
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

  input OrgUserInput {
    email: String!
    "owner, campaigner, translator or coordinator"
    role: String!
  }

  input UserDetailsInput {
    pictureUrl: String
    jobTitle: String
    phone: String
  }

  input SelectUser {
    id: Int
    "LIKE pattern"
    email: String
    orgName: String
  }

  type ChangeUserStatus {
    status: Status!
  }

  type DeleteUserResult {
    status: Status!
  }

  type JoinOrgResult {
    status: Status!
    org: Org!
  }
`;
