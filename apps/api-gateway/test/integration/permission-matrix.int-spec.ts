import { GraphQLSchemaHost } from '@nestjs/graphql';
import { attachmentRows } from './permission-matrix.attachments';
import { crmAccessRows } from './permission-matrix.crm-access';
import { enrichmentRows } from './permission-matrix.enrichment';
import { followUpRows } from './permission-matrix.follow-ups';
import { importRows } from './permission-matrix.imports';
import { mailRows } from './permission-matrix.mails';
import { monitorRows } from './permission-matrix.monitor';
import { mailoutRows } from './permission-matrix.mailouts';
import { pushRows } from './permission-matrix.pushes';
import { ruleRows } from './permission-matrix.rules';
import { reportRows } from './permission-matrix.reports';
import { actionRows, campaignRows, orgRows, outcomes, queryRows, userRows, type Row } from './permission-matrix.table';
import { views, wordOf } from './permission-matrix.views';
import { callers, MatrixWorld, type Caller } from './permission-matrix.world';

/** graphql-api.md §2 to §5, §11: who may do what, each cell as a real request on an org of its own. */
const rows = [
  ...queryRows,
  ...campaignRows,
  ...actionRows,
  ...userRows,
  ...orgRows,
  ...mailRows,
  ...mailoutRows,
  ...pushRows,
  ...ruleRows,
  ...crmAccessRows,
  ...monitorRows,
  ...reportRows,
  ...importRows,
  ...enrichmentRows,
  ...attachmentRows,
  ...followUpRows,
];

let world: MatrixWorld;
let served: string[];

beforeAll(async () => {
  world = await MatrixWorld.start();
  const { schema } = world.gateway.app.get(GraphQLSchemaHost);
  served = [schema.getQueryType(), schema.getMutationType()].flatMap((type) => Object.keys(type?.getFields() ?? {}));
});
afterAll(() => world.close());

const operations = [...new Set(rows.map(({ operation }) => operation))];

it('has a row for every operation that is served', () => {
  expect(served.filter((name) => !operations.includes(name))).toEqual([]);
});

/** Of §11, with rows ready; whoever serves one takes it off. */
const notServedYet: string[] = [];

it('has no row for an operation that is not served', () => {
  expect(operations.filter((name) => !served.includes(name))).toEqual(notServedYet);
});

/** The first error as a row words it: a letter of the outcomes, or what there is. */
async function outcomeOf(row: Row, caller: Caller): Promise<unknown> {
  const cell = await world.cell(caller);
  const { data, errors } = await world.ask(cell, await row.document(cell));
  const newToken = data?.['resetApiToken'] as unknown;
  if (typeof newToken === 'string') world.takeToken(caller, newToken);
  const error = errors?.[0];
  if (row.granted ? error?.message === row.granted : !error) return 'y';
  const code = error?.extensions?.['code'];
  const [letter] =
    Object.entries(outcomes).find(
      ([, outcome]) => outcome && outcome.message === error?.message && (!('code' in outcome) || outcome.code === code),
    ) ?? [];
  if (!letter) return { data, errors };
  if (row.required && (letter === 'd' || letter === 'c')) {
    expect(error?.extensions?.['required']).toEqual(row.required);
  }
  return letter;
}

describe(callers.join(', '), () => {
  it.each(
    rows
      .filter(({ operation }) => !notServedYet.includes(operation))
      .map((row) => ({ ...row, name: [row.operation, row.about].filter(Boolean).join(' ') })),
  )('$name: $expected', async (row) => {
    const found: unknown[] = [];
    for (const caller of callers) found.push(await outcomeOf(row, caller));
    expect(found.every((one) => typeof one === 'string') ? found.join(' ') : found).toEqual(row.expected);
  });
});

describe('what is shown', () => {
  it.each(views)('$field: $expected', async ({ document, expected }) => {
    const words: string[] = [];
    for (const caller of callers) {
      const cell = await world.cell(caller);
      const { data, errors } = await world.ask(cell, document(cell));
      words.push(errors ? JSON.stringify(errors) : wordOf(data));
    }
    expect(words.join(' ')).toBe(expected);
  });
});
