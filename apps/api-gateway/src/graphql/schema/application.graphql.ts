/** graphql-api.md §4, §7.3. */
export const applicationSdl = /* GraphQL */ `
  extend type RootQueryType {
    "For instance admins"
    application: Application
  }

  type Application {
    name: String
    version: String
    logLevel: String
  }
`;
