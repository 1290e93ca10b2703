/** graphql-api.md §5.7, §7.3. */
export const stripeSdl = /* GraphQL */ `
  extend type RootMutationType {
    "Payment intent of the page's org; the result is Stripe's object"
    addStripePaymentIntent(
      actionPageId: Int!
      input: StripePaymentIntentInput!
      contactRef: ID
      testing: Boolean
    ): Json!
    "Customer, price and subscription; the result is Stripe's subscription"
    addStripeSubscription(actionPageId: Int!, input: StripeSubscriptionInput!, contactRef: ID, testing: Boolean): Json!
    "Stripe's own parameters, those a widget needs; the result is the last object made"
    addStripeObject(
      actionPageId: Int!
      paymentIntent: Json
      subscription: Json
      customer: Json
      price: Json
      testing: Boolean
    ): Json!
  }

  input StripePaymentIntentInput {
    "In the smallest unit of the currency"
    amount: Int!
    "ISO 4217"
    currency: String!
    paymentMethodTypes: [String!]
  }

  input StripeSubscriptionInput {
    "In the smallest unit of the currency"
    amount: Int!
    "ISO 4217"
    currency: String!
    frequencyUnit: DonationFrequencyUnit!
  }
`;
