import { buildSchema } from 'graphql';
import type { ErrorReports, Problem } from '@groundswell/observability';
import type { RequestContext } from '../../auth/access';
import { censorText } from './censor';
import { UserErrorReports, type UserErrorSettings } from './user-error-reports';

const schema = buildSchema(`
  input AddressInput { country: String, postcode: String }
  input ContactInput { firstName: String, email: String, phone: String, address: AddressInput }
  input ActionInput { actionType: String, customFields: String }
  type Query { hello: String }
  type Mutation { addActionContact(contact: ContactInput, action: ActionInput): String }
`);

const settings: UserErrorSettings = {
  isOn: true,
  isForUsersOnly: false,
  cleartext: ['country', 'documentType', 'actionType'],
};

function reporting(change: Partial<UserErrorSettings> = {}, isOn = true) {
  const problems: Problem[] = [];
  const reports: ErrorReports = {
    isOn,
    report: (problem) => void problems.push(problem),
    close: () => Promise.resolve(),
  };
  return { problems, userErrors: new UserErrorReports(reports, { ...settings, ...change }, () => schema) };
}

const nobody: RequestContext = { viewer: null, referer: null, idempotencyKey: null, requestId: 'r-1', ip: '::1' };
const somebody: RequestContext = { ...nobody, viewer: { userId: 5, email: 'staff@example.org', perms: 0 } };

const variables = {
  contact: {
    firstName: 'Žofia',
    email: 'zofia@example.org',
    phone: '+48 600 100 200',
    address: { country: 'PL', postcode: '02-123' },
  },
  action: { actionType: 'register', customFields: '{"comment":"my uncle Bower"}' },
  Zofia: 1,
};
const secrets = ['Žofia', 'Zofia', 'zofia@example.org', '+48 600 100 200', '02-123', 'Bower', 'uncle'];

it('tells where and why, and what was sent without what it said', () => {
  const { problems, userErrors } = reporting();
  userErrors.note(
    [{ message: 'has invalid format', path: ['addActionContact', 'contact', 'email'], extensions: { code: 'x' } }],
    variables,
    nobody,
  );
  expect(problems).toEqual([
    {
      level: 'warning',
      title: 'User error addActionContact.contact.email has invalid format',
      tags: { requestId: 'r-1', code: 'x' },
      extra: {
        errors: [{ path: 'addActionContact.contact.email', message: 'has invalid format', code: 'x' }],
        variables: {
          contact: {
            firstName: 'XXXXX',
            email: 'XXXXX@XXXXXXX.XXX',
            phone: '+00 000 000 000',
            address: { country: 'PL', postcode: '00-000' },
          },
          action: { actionType: 'register', customFields: '{"XXXXXXX":"XX XXXXX XXXXX"}' },
          XXXXX: '0',
        },
      },
    },
  ]);
});

it.each([
  'Variable "$contact" got invalid value "zofia@example.org" at "contact.email"',
  'Cannot query field "Bower" on type "Mutation".',
  'no page for Žofia with zofia@example.org, +48 600 100 200 or 02-123',
  "unknown 'uncle'",
  'call 48600100200',
])('censors what a message quotes and repeats: %s', (message) => {
  const { problems, userErrors } = reporting();
  userErrors.note([{ message, path: ['Bower'] }], variables, somebody);
  const told = JSON.stringify(problems);
  for (const secret of [...secrets, '48600100200']) expect(told).not.toContain(secret);
  expect(problems[0]?.tags).toMatchObject({ userId: '5' });
});

it('keeps the names of the schema in a message', () => {
  const { problems, userErrors } = reporting();
  userErrors.note([{ message: 'Field "firstName" is not defined by type "ContactInput".' }], {}, nobody);
  expect(problems[0]?.title).toBe('User error Field "firstName" is not defined by type "ContactInput".');
});

it.each<[string, Partial<UserErrorSettings>, boolean, RequestContext, number]>([
  ['off', { isOn: false }, true, somebody, 0],
  ['without anybody to report to', {}, false, somebody, 0],
  ['for users, of a stranger', { isForUsersOnly: true }, true, nobody, 0],
  ['for users, of one', { isForUsersOnly: true }, true, somebody, 1],
  ['for all, of a stranger', {}, true, nobody, 1],
])('reports %s', (_, change, isOn, context, count) => {
  const { problems, userErrors } = reporting(change, isOn);
  userErrors.note([{ message: 'no' }], {}, context);
  expect(problems).toHaveLength(count);
});

it('lets a value be read under its key only where it looks like a code', () => {
  const { problems, userErrors } = reporting();
  userErrors.note(
    [{ message: 'no' }],
    { country: 'Harald Road 7', actionType: 'mail2target', documentType: null },
    nobody,
  );
  expect(problems[0]?.extra?.['variables']).toEqual({
    country: 'XXXXXX XXXX 0',
    actionType: 'mail2target',
    XXXXXXXXXXXX: null,
  });
});

it('leaves nothing but lengths of a text', () => {
  expect(censorText('Straße 17, ул. Мира')).toBe('XXXXXX 00, XX. XXXX');
});
