/** graphql-api.md §5.7, §7.2, §7.3. */
export const servicesSdl = /* GraphQL */ `
  extend type RootMutationType {
    upsertService(orgName: String!, id: Int, input: ServiceInput!): Service!
    "Transactional mails of the org count towards the budget anew"
    resetTransactionalEmailBudget(orgName: String!): Status!
    "Replaces the secret in webhookUrl: calls with the old one are refused from then on"
    rotateWebhook(orgName: String!, id: Int!): Service!
  }

  enum ServiceName {
    SES
    SQS
    MAILJET
    SMTP
    PREVIEW
    WORDPRESS
    STRIPE
    TEST_STRIPE
    WEBHOOK
    "Borrows the service of the instance org; never stored itself"
    SYSTEM
    SUPABASE
    BREVO
    HUBSPOT
    "Host is the API origin, user the domain, password the key"
    MAILGUN
    "Host is the endpoint, path the bucket, user and password the keys"
    S3
  }

  type Service {
    id: Int!
    name: ServiceName!
    host: String
    user: String
    path: String
    sendingFrom: String
    transactionalEmailBudget: Int
    "Where the provider reports events of mails, a secret in it; needs change_org_services. Null for services that report none"
    webhookUrl: String
  }

  input ServiceInput {
    name: ServiceName!
    host: String
    user: String
    "Write-only"
    password: String
    path: String
    sendingFrom: String
    transactionalEmailBudget: Int
  }
`;
