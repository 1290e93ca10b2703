import type { TestOrg, TestPage } from '../campaign-world';

/** Of so many rows, as many are bad; in turn in each of these ways. */
const oneBadIn = 100;
const faults = [
  { line: (n: number) => `no address ${n},Ana,${n}`, error: 'email has invalid format' },
  { line: (n: number) => `bad${n}@example.org,,${n}`, error: "name can't be blank" },
  { line: (n: number) => `bad${n}@example.org,Ana`, error: '- has 2 columns, the header has 3' },
];

export interface ActionFile {
  body: Buffer;
  /** Numbers of the rows that are fine; each stands in its custom field `row`. */
  good: number[];
  /** First error of each bad row. */
  errors: Map<number, string>;
}

/** A CSV of people whose addresses begin with `run`, one in a hundred of whom cannot be read. */
export function anActionFile(rows: number, run: string): ActionFile {
  const lines = ['email,firstName,customFields.row'];
  const good: number[] = [];
  const errors = new Map<number, string>();
  for (let n = 1; n <= rows; n += 1) {
    const fault = n % oneBadIn === oneBadIn / 2 ? faults[Math.floor(n / oneBadIn) % faults.length] : undefined;
    if (fault) errors.set(n, fault.error);
    else good.push(n);
    lines.push(fault?.line(n) ?? `${run}-${n}@example.org,Ana,${n}`);
  }
  return { body: Buffer.from(lines.join('\r\n')), good, errors };
}

/** Uploads a file as its org's software does, and has it imported; the upload's id. */
export async function importFile(
  { name, owner }: TestOrg,
  page: TestPage,
  { body }: Pick<ActionFile, 'body'>,
  input: Record<string, unknown> = {},
): Promise<string> {
  const { requestActionsUpload: upload } = await owner.data<{
    requestActionsUpload: { key: string; url: string; fields: string | Record<string, string> };
  }>(
    `mutation ($org: String!, $size: Int!) {
       requestActionsUpload(orgName: $org, name: "people.csv", size: $size, type: "text/csv") { key url fields } }`,
    { org: name, size: body.length },
  );
  const fields =
    typeof upload.fields === 'string' ? (JSON.parse(upload.fields) as Record<string, string>) : upload.fields;
  const headers = Object.fromEntries(Object.entries(fields).filter(([header]) => header !== 'content-length'));
  const sent = await fetch(upload.url, { method: 'PUT', headers, body: new Uint8Array(body) });
  if (!sent.ok) throw new Error(`the object store answered ${sent.status}: ${await sent.text()}`);
  const { importActions } = await owner.data<{ importActions: { id: string } }>(
    'mutation ($org: String!, $input: ImportActionsInput!) { importActions(orgName: $org, input: $input) { id } }',
    {
      org: name,
      input: {
        actionPageId: page.id,
        key: upload.key,
        format: 'CSV',
        defaults: [{ field: 'actionType', value: 'petition' }],
        privacy: { optIn: true },
        ...input,
      },
    },
  );
  return importActions.id;
}

export interface UploadFigures {
  state: string;
  reason: string | null;
  rows: number;
  accepted: number;
  refused: number;
  duplicates: number;
  errorsUrl: string | null;
}

export const uploadOf = async ({ name, owner }: TestOrg, id: string): Promise<UploadFigures> =>
  (
    await owner.data<{ actionUpload: UploadFigures }>(
      `query ($org: String!, $id: ID!) {
         actionUpload(orgName: $org, id: $id) { state reason rows accepted refused duplicates errorsUrl } }`,
      { org: name, id },
    )
  ).actionUpload;

interface PageOfErrors {
  errors: { row: number; field: string | null; reason: string }[];
  after: string | null;
}

/** First error of each row that was refused, by all pages of the API. */
export async function errorsOf({ name, owner }: TestOrg, id: string): Promise<Map<number, string>> {
  const errors = new Map<number, string>();
  let after: string | null = null;
  do {
    const { actionUploadErrors: page }: { actionUploadErrors: PageOfErrors } = await owner.data(
      `query ($org: String!, $id: ID!, $after: ID) {
         actionUploadErrors(orgName: $org, id: $id, after: $after, limit: 500) { errors { row field reason } after } }`,
      { org: name, id, after },
    );
    for (const { row, field, reason } of page.errors) {
      if (!errors.has(row)) errors.set(row, `${field ?? '-'} ${reason}`);
    }
    after = page.after;
  } while (after !== null);
  return errors;
}
