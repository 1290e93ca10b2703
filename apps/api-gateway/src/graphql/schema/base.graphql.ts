/** Root types are filled by the features (`extend type`); their names are part of the contract (graphql-api.md §0). */
export const baseSdl = /* GraphQL */ `
  schema {
    query: RootQueryType
    mutation: RootMutationType
  }

  type RootQueryType

  type RootMutationType

  """
  JSON text of an object. Output is always a string; input may also be an object.
  """
  scalar Json

  """
  ISO 8601 in UTC with Z, to the second. Input needs an offset.
  """
  scalar DateTime

  """
  ISO 8601 in UTC without zone, as 2024-04-12T16:14:14.
  """
  scalar NaiveDateTime

  """
  A calendar day, YYYY-MM-DD.
  """
  scalar Date

  enum Status {
    "Done"
    SUCCESS
    "Waits for someone"
    CONFIRMING
    "Already so"
    NOOP
  }
`;
