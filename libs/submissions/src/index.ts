export { ContactNotSealedError, ContactSealer, type SealedPayload } from './contact-sealer';
export { aCampaign, anOrg, aPage, aPageScope } from './fake.page-scope';
export { InputError, type InputProblem } from './input-error';
export { PageScopes, type PageScope } from './page-scopes';
export { SubmissionBuilder, UndecodableRefError, type Acceptance, type BuiltSubmission } from './submission-builder';
export type { ActionSubmissionInput, ContactSubmissionInput, LinkSubmissionInput } from './submission-input';
export { uploadedSubmissionId, type UploadedRow } from './uploaded-submission-id';
