import { campaigns, type Row } from './permission-matrix.table';

/** Any staff of the org, and instance admins. */
const staff = { expected: 's s y y y y y' };
/** There is none of that name: looked for after the guard. */
const unknown = { granted: 'Entity not found' };

const onOne = (operation: string): Row => ({
  operation,
  ...campaigns,
  ...unknown,
  document: ({ org }) =>
    `mutation { ${operation}(orgName: "${org.name}", name: "none") { ${operation === 'testMailout' ? 'recipients' : 'id'} } }`,
});

/** docs/mailouts.md. */
export const mailoutRows: Row[] = [
  { operation: 'mailouts', ...staff, document: ({ org }) => `{ mailouts(orgName: "${org.name}") { id } }` },
  {
    operation: 'mailoutPeople',
    ...staff,
    ...unknown,
    document: ({ org }) => `{ mailoutPeople(orgName: "${org.name}", name: "none") { people { count } } }`,
  },
  {
    operation: 'addMailout',
    ...campaigns,
    ...unknown,
    document: ({ org }) =>
      `mutation { addMailout(orgName: "${org.name}", input: { name: "news", campaignName: "no_such", template: "thank_you" }) { id } }`,
  },
  ...['startMailout', 'pauseMailout', 'stopMailout', 'testMailout'].map(onOne),
];
