import { exports, type Row } from './permission-matrix.table';

/** Any staff of the org, and instance admins. */
const staff = { expected: 's s y y y y y' };
/** Nobody serves action-ingest's queue here: who may is told so. */
const unserved = { granted: 'Temporarily unavailable, please retry' };
const noItem = { granted: 'Entity not found' };

/** docs/follow-ups.md, docs/mtt-replies.md. */
export const followUpRows: Row[] = [
  { operation: 'followUps', ...staff, document: ({ org }) => `{ followUps(orgName: "${org.name}") { after } }` },
  {
    operation: 'detailBackend',
    ...staff,
    document: ({ org }) => `{ detailBackend(orgName: "${org.name}") { waiting } }`,
  },
  {
    operation: 'mttReplies',
    ...exports,
    document: ({ org }) => `{ mttReplies(orgName: "${org.name}") { after } }`,
  },
  {
    operation: 'createFollowUps',
    ...staff,
    ...unserved,
    document: async (cell) =>
      `mutation { createFollowUps(orgName: "${cell.org.name}", input: { kind: CALL, actionId: ${await cell.world.addAction(cell)} }) { id } }`,
  },
  {
    operation: 'assignFollowUp',
    ...staff,
    ...noItem,
    document: ({ org }) => `mutation { assignFollowUp(orgName: "${org.name}", id: "999999") }`,
  },
  {
    operation: 'closeFollowUp',
    ...staff,
    ...noItem,
    document: ({ org }) => `mutation { closeFollowUp(orgName: "${org.name}", id: "999999") }`,
  },
];
