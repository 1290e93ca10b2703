/** graphql-api.md §11; background-jobs.md §4.9; docs/references.md. */
export const referencesSdl = /* GraphQL */ `
  extend type RootMutationType {
    "Brings the references of all supporters onto the present recipe; needs manage_orgs, and the former seed in FINGERPRINT_SEED_BEFORE"
    recalculateReferences: ReferenceRecalculation!
  }

  type ReferenceRecalculation {
    "Of schema actions; its result has the counts"
    jobId: ID!
    "It had been asked for before and is not done: this is its job"
    alreadyRunning: Boolean!
  }
`;
