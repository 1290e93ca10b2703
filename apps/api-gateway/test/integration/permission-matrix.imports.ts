import { exports, type Row } from './permission-matrix.table';

/** Any staff of the org, and instance admins. */
const staff = { expected: 's s y y y y y' };
/** Nobody serves action-ingest's queue here: who may is told so. */
const unserved = { granted: 'Temporarily unavailable, please retry' };
const noUpload = { granted: 'Entity not found' };

/** docs/import.md. */
export const importRows: Row[] = [
  {
    operation: 'actionUploads',
    ...staff,
    document: ({ org }) => `{ actionUploads(orgName: "${org.name}") { uploads { id } } }`,
  },
  {
    operation: 'actionUpload',
    ...staff,
    ...noUpload,
    document: ({ org }) => `{ actionUpload(orgName: "${org.name}", id: "1") { id } }`,
  },
  {
    operation: 'actionUploadErrors',
    ...staff,
    ...noUpload,
    document: ({ org }) => `{ actionUploadErrors(orgName: "${org.name}", id: "1") { after } }`,
  },
  {
    operation: 'lateReferences',
    ...staff,
    document: ({ org }) => `{ lateReferences(orgName: "${org.name}") { references { actionId } } }`,
  },
  {
    operation: 'importActions',
    ...exports,
    granted: 'is invalid',
    document: ({ org, page }) => `mutation { importActions(orgName: "${org.name}",
      input: { actionPageId: ${page.id}, key: "elsewhere.csv", format: CSV, privacy: {} }) { id } }`,
  },
  {
    operation: 'cancelActionUpload',
    ...exports,
    ...unserved,
    document: ({ org }) => `mutation { cancelActionUpload(orgName: "${org.name}", id: "1") }`,
  },
];
