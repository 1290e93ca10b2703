import { staffRefusal, type Row } from './permission-matrix.table';

/** Any staff of the org, and instance admins. */
const staff = { expected: 's s y y y y y' };
const settings = staffRefusal('change_org_settings', 't d d d y y y');
/** Nobody serves notify-service's queue here: who may is told so. */
const unserved = { granted: 'Temporarily unavailable, please retry' };

/** docs/rules.md. */
export const ruleRows: Row[] = [
  { operation: 'rules', ...staff, document: ({ org }) => `{ rules(orgName: "${org.name}") { id } }` },
  {
    operation: 'ruleFirings',
    ...staff,
    granted: 'Entity not found',
    document: ({ org }) => `{ ruleFirings(orgName: "${org.name}", ruleId: 1) { after } }`,
  },
  {
    operation: 'addRule',
    ...settings,
    ...unserved,
    document: ({ org }) =>
      `mutation { addRule(orgName: "${org.name}", input: { name: "r", trigger: ACTION_ADDED, effect: MAIL }) { id } }`,
  },
  {
    operation: 'updateRule',
    ...settings,
    ...unserved,
    document: ({ org }) => `mutation { updateRule(orgName: "${org.name}", id: 1, input: { enabled: false }) { id } }`,
  },
  {
    operation: 'deleteRule',
    ...settings,
    ...unserved,
    document: ({ org }) => `mutation { deleteRule(orgName: "${org.name}", id: 1) }`,
  },
];
