/** graphql-api.md §5.5, §7.3. */
export const templatesSdl = /* GraphQL */ `
  extend type RootMutationType {
    "Found by name and locale within the org"
    upsertTemplate(orgName: String!, input: EmailTemplateInput!): Status
  }

  input EmailTemplateInput {
    name: String!
    "Needed for a new template, and where several have the name"
    locale: String
    "Id at the provider, whose template is used then"
    externalId: String
    subject: String
    html: String
    text: String
    "Source of the html, instead of it; without includes"
    mjml: String
  }
`;
