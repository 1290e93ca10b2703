import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { actionIngestRequestV1, importRefusals, uploadKey } from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import { objectStore, type ObjectStore } from '@groundswell/object-store';
import { startS3Server, type S3Server } from '@groundswell/testing';
import { FixesWorld, problemsOf } from './fixes.fixture';
import { ServiceStandIn } from './service-stand-in.fixture';

const importActions = `mutation ($org: String!, $input: ImportActionsInput!) {
  importActions(orgName: $org, input: $input) { id state format dryRun rows progress errorsUrl } }`;

let world: FixesWorld;
let s3: S3Server;
const actionIngest = new ServiceStandIn('action-ingest', actionIngestRequestV1);
const { asked } = actionIngest;
let files = 0;

beforeAll(async () => {
  s3 = await startS3Server({ dir: await mkdtemp(join(tmpdir(), 'imports-')) });
  world = await FixesWorld.start(s3.env);
  await actionIngest.start(world);
});
afterAll(async () => {
  await world.fleet.close();
  await s3.stop();
});
beforeEach(() => actionIngest.beginAnew());

async function aFile(orgId = world.lead.id): Promise<string> {
  const key = uploadKey(orgId, uuidV7(), 'csv');
  await world.gateway.app.get<ObjectStore>(objectStore).write(key, Buffer.from('email\n'), { contentType: 'text/csv' });
  return key;
}

/** As action-ingest keeps it. */
const anUpload = (columns: object = {}): Promise<number> =>
  world.fleet.insert(
    'uploads',
    {
      org_id: world.lead.id,
      page_id: world.leadPageId,
      object_key: `uploads/x/${(files += 1)}`,
      format: 'csv',
      settings: '{}',
      is_dry: false,
      bytes_total: 200,
      requested_by: '1',
      ...columns,
    },
    'actions',
  );

const begin = (input: object, { name, owner } = world.lead) =>
  world.gateway.post(
    importActions,
    { org: name, input: { actionPageId: world.leadPageId, format: 'CSV', privacy: { optIn: true }, ...input } },
    owner.token,
  );

it('asks action-ingest for an import as it was worded, and writes it down before', async () => {
  const key = await aFile();
  const uploadId = await anUpload();
  actionIngest.reply = { ok: true, value: { uploadId } };
  const { data, errors } = await begin({
    key,
    delimiter: 'SEMICOLON',
    mapping: [{ column: 'E-Mail', field: 'contact.email' }, { column: 'Notiz' }],
    defaults: [{ field: 'actionType', value: 'petition' }],
    testing: true,
    dryRun: true,
  });
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    importActions: {
      id: String(uploadId),
      state: 'WAITING',
      format: 'CSV',
      dryRun: false,
      rows: 0,
      progress: 0,
      errorsUrl: null,
    },
  });
  const settings = {
    delimiter: ';',
    mapping: [
      { column: 'E-Mail', field: 'email' },
      { column: 'Notiz', field: null },
    ],
    defaults: [{ field: 'actionType', value: 'petition' }],
    privacy: { optIn: true, leadOptIn: null },
    sendsMails: false,
    testing: true,
  };
  expect(asked).toMatchObject([
    {
      kind: 'import_actions',
      orgId: world.lead.id,
      pageId: world.leadPageId,
      objectKey: key,
      size: 6,
      format: 'csv',
      isDry: true,
      requestedBy: String(world.lead.owner.id),
      settings,
    },
  ]);
  const { rows } = await world.fleet.sql.query<{ changeset: object }>(
    `select changeset from catalog.audit_log where changeset->>'operation' = 'importActions'`,
  );
  expect(rows).toMatchObject([{ changeset: { objectKey: key, ...settings } }]);
});

it('refuses what cannot be imported before anybody is asked', async () => {
  const key = await aFile();
  const other = await aFile(world.partner.id);
  const problems = async (input: object) => problemsOf(await begin(input));
  expect(await problems({ key: other })).toEqual(['is invalid at importActions.key']);
  const elsewhere = other.replace(/^uploads\//, `uploads/${world.lead.id}/../`);
  expect(await problems({ key: elsewhere })).toEqual(['is invalid at importActions.key']);
  expect(await problems({ key: uploadKey(world.lead.id, uuidV7(), 'csv') })).toEqual([
    'is not uploaded at importActions.key',
  ]);
  expect(await problems({ key, actionPageId: world.partnerPageId })).toEqual([
    'not_found: Entity not found at importActions',
  ]);
  expect(
    await problems({
      key,
      mapping: [{ column: 'a', field: 'mtt' }],
      defaults: [
        { field: 'surname', value: 'x' },
        { field: 'email', value: 'x'.repeat(10_001) },
      ],
    }),
  ).toEqual([
    'is not known at importActions.mapping.0.field',
    'is not known at importActions.defaults.0.field',
    'should be at most 10000 character(s) at importActions.defaults.1.value',
  ]);
  expect(asked).toEqual([]);
  actionIngest.reply = { ok: false, code: importRefusals.needsMails, text: 'must send mails' };
  expect((await begin({ key })).errors).toMatchObject([
    { message: 'must send mails', extensions: { reason: 'needs_mails' } },
  ]);
});

it('shows what became of a file, to staff of its org alone', async () => {
  const jobId = await world.fleet.insert(
    'jobs',
    {
      type: 'import-actions',
      org_id: world.lead.id,
      payload: '{}',
      max_attempts: 5,
      state: 'failed',
      last_error: 'no',
      finished_at: new Date(),
    },
    'actions',
  );
  const failed = await anUpload({ state: 'reading', job_id: jobId, position: '{"offset": 50}', row_count: 3 });
  const report_key = 'reports/1/errors.csv';
  const done = await anUpload({ state: 'complete', row_count: 5, accepted: 2, refused: 2, duplicates: 1, report_key });
  await world.fleet.insert(
    'upload_errors',
    { upload_id: done, row_number: 2, field: 'email', reason: 'is odd' },
    'actions',
  );
  await world.fleet.insert('upload_errors', { upload_id: done, row_number: 4, reason: 'is empty' }, 'actions');
  const query = `query ($org: String!, $id: ID!, $after: ID) {
    actionUploads(orgName: $org, limit: 2) {
      uploads { id state reason rows accepted refused duplicates progress references { waiting linked givenUp } errorsUrl } after }
    actionUploadErrors(orgName: $org, id: $id, after: $after, limit: 1) { errors { row field reason } after } }`;
  const variables = { org: world.lead.name, id: String(done) };
  const { data } = await world.gateway.post(query, variables, world.lead.owner.token);
  const none = { waiting: 0, linked: 0, givenUp: 0 };
  expect(data).toMatchObject({
    actionUploads: {
      uploads: [
        {
          id: String(done),
          state: 'COMPLETE',
          rows: 5,
          accepted: 2,
          refused: 2,
          duplicates: 1,
          progress: 1,
          references: none,
        },
        { id: String(failed), state: 'FAILED', reason: 'no', rows: 3, progress: 0.25, errorsUrl: null },
      ],
      after: String(failed),
    },
    actionUploadErrors: { errors: [{ row: 2, field: 'email', reason: 'is odd' }] },
  });
  const { actionUploads, actionUploadErrors } = data as unknown as {
    actionUploads: { uploads: { errorsUrl: string }[] };
    actionUploadErrors: { after: string };
  };
  expect(actionUploads.uploads[0]?.errorsUrl).toMatch(/^http.*\/reports\/1\/errors\.csv\?.*X-Amz-Signature=/);
  const rest = await world.gateway.post(
    query,
    { ...variables, after: actionUploadErrors.after },
    world.lead.owner.token,
  );
  expect(rest.data).toMatchObject({
    actionUploadErrors: { errors: [{ row: 4, field: null, reason: 'is empty' }], after: null },
  });
  const elsewhere = { org: world.partner.name, id: String(done) };
  expect(problemsOf(await world.gateway.post(query, elsewhere, world.partner.owner.token))).toEqual([
    'not_found: Entity not found at actionUploadErrors',
  ]);
});
