import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { EntityManager } from 'typeorm';
import {
  importRefusals,
  ingestQueue,
  type ImportActionsRequestV1,
  type ImportSettingsV1,
} from '@groundswell/contracts';
import { encodeRef, fingerprint, uuidV7 } from '@groundswell/crypto';
import { RabbitConnection, silentLogger } from '@groundswell/messaging';
import { objectStore, type ObjectStore } from '@groundswell/object-store';
import { JobControl, JobQueue } from '@groundswell/jobs';
import { Database } from '@groundswell/persistence';
import { uploadedSubmissionId } from '@groundswell/submissions';
import { startS3Server, TestVhost, waitFor, type S3Server } from '@groundswell/testing';
import { ImportDesk } from '../../src/importing/import-desk';
import { importActions } from '../../src/importing/import-jobs';
import { PartitionRoom, readyLimit } from '../../src/importing/partition-room';
import { SigningWatch } from '../../src/importing/signing-watch';
import { UploadRepository } from '../../src/importing/upload.repository';
import { aContact, IngestFixture, type Place } from './ingest-fixture';

/** Thousands of rows are much for a busy machine. */
const longMs = 120_000;
jest.setTimeout(3 * longMs);

const seed = 'test';
const refOf = (email: string): string => encodeRef(fingerprint(seed, email));

describe('files of actions', () => {
  let fixture: IngestFixture;
  let s3: S3Server;
  let app: NestFastifyApplication;
  let place: Place;
  let files = 0;

  const start = (more: Record<string, string> = {}) =>
    fixture.start({
      ...s3.env,
      FINGERPRINT_SEED: seed,
      ENVELOPE_KEY: randomBytes(32).toString('base64url'),
      IMPORT_ROWS_PER_SECOND: '10000',
      IMPORT_ROWS_PER_SECOND_BESIDE_PEOPLE: '10000',
      PROCESS_OLD_INTERVAL: '200',
      ...more,
    });

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    s3 = await startS3Server({ dir: await mkdtemp(join(tmpdir(), 'import-')) });
    app = await start();
    place = await fixture.place();
  });
  afterAll(async () => {
    await fixture.close();
    await s3.stop();
  });

  async function put(lines: string[] | string): Promise<{ objectKey: string; size: number }> {
    const body = Buffer.from(typeof lines === 'string' ? lines : lines.join('\n'));
    const objectKey = `uploads/${place.orgId}/${(files += 1)}.csv`;
    await app.get<ObjectStore>(objectStore).write(objectKey, body, { contentType: 'text/csv' });
    return { objectKey, size: body.length };
  }

  const order = (
    file: { objectKey: string; size: number },
    changes: Partial<Omit<ImportActionsRequestV1, 'settings'>> & { settings?: Partial<ImportSettingsV1> } = {},
  ): ImportActionsRequestV1 => ({
    schema: 'groundswell:request:1',
    kind: 'import_actions',
    id: uuidV7(),
    orgId: place.orgId,
    pageId: place.pageId,
    format: 'csv',
    isDry: false,
    requestedBy: '1',
    ...file,
    ...changes,
    settings: {
      delimiter: ',',
      mapping: [],
      defaults: [{ field: 'actionType', value: 'petition' }],
      privacy: { optIn: true, leadOptIn: null },
      sendsMails: false,
      testing: false,
      ...changes.settings,
    },
  });

  const ask = <T>(work: (desk: ImportDesk, manager: Parameters<ImportDesk['begin']>[0]) => Promise<T>): Promise<T> =>
    app.get(Database).transaction((manager) => work(app.get(ImportDesk), manager));
  const begin = async (request: ImportActionsRequestV1): Promise<number> =>
    (await ask((desk, manager) => desk.begin(manager, request))).uploadId;

  const one = async <Row extends object>(text: string, values: unknown[]): Promise<Row> =>
    (await fixture.sql.query<Row>(text, values)).rows[0] as Row;
  const uploadOf = (id: number) =>
    one<Record<string, unknown>>(
      `select state, reason, row_count::int as rows, accepted::int, refused::int, duplicates::int, report_key as report
         from actions.uploads where id = $1`,
      [id],
    );
  const ended = async (id: number) => {
    await waitFor(async () => !['waiting', 'reading'].includes(String((await uploadOf(id))['state'])), longMs);
    return uploadOf(id);
  };
  const errorsOf = async (id: number): Promise<string[]> =>
    (
      await fixture.sql.query<{ text: string }>(
        `select row_number || ' ' || coalesce(field, '-') || ' ' || reason as text from actions.upload_errors
          where upload_id = $1 order by id`,
        [id],
      )
    ).rows.map(({ text }) => text);
  const storedRow = (uploadId: number, row: number) =>
    fixture.actionOf({ id: uploadedSubmissionId({ uploadId, row: { number: row } }) });

  it('become actions by the rules of signatures, each row once, with a report of what was refused', async () => {
    const lines = ['email,firstName,customFields.note,createdAt,clientActionId,contactRef,optIn'];
    for (let n = 1; n <= 1_200; n += 1) lines.push(`p${n}@x.org,Ana,row ${n},2025-0${1 + (n % 9)}-01,c${n},,`);
    lines[10] = 'not-an-address,Ana,,,c10,,';
    lines[20] = 'p20@x.org,,,,c20,,';
    lines[30] = 'p30@x.org,Ana,,2999-01-01,c30,,maybe';
    lines[700] = 'other@x.org,Ana,again,,c5,,';
    lines[1_100] = 'too,few';
    lines[1_150] = 'p7@x.org,Ana,same person,,,,false';
    lines[1_160] = `,,a share,,c1160,${refOf('p1@x.org')},`;
    const file = await put(lines);
    const taken = jest.spyOn(app.get(SigningWatch), 'note');
    const id = await begin(order(file, { settings: { testing: true } }));

    expect(await ended(id)).toEqual({
      state: 'complete',
      reason: null,
      rows: 1_200,
      accepted: 1_195,
      refused: 4,
      duplicates: 1,
      report: `reports/${place.orgId}/upload-${id}-errors.csv`,
    });
    expect(await errorsOf(id)).toEqual([
      '10 email has invalid format',
      "20 name can't be blank",
      "20 firstName can't be blank",
      '30 createdAt is in the future',
      '30 optIn is neither true nor false',
      '1100 - has 2 columns, the header has 7',
    ]);
    const report = await app.get<ObjectStore>(objectStore).read(`reports/${place.orgId}/upload-${id}-errors.csv`);
    expect(Buffer.concat(await report.toArray()).toString()).toContain('\r\n10,email,has invalid format\r\n');

    const counted = () =>
      one<{ n: number; mailed: number; people: number }>(
        `select count(*)::int as n, count(*) filter (where not no_mail and with_consent)::int as mailed,
                count(distinct supporter_id)::int as people
           from actions.actions where action_page_id = $1`,
        [place.pageId],
      );
    await waitFor(async () => (await counted()).n === 1_195, longMs);
    expect(await counted()).toEqual({ n: 1_195, mailed: 0, people: 1_194 });
    // Rows are not taken for people, beside whom they would be slower.
    expect(new Set(taken.mock.calls.map(([{ headers }]) => headers['origin']))).toEqual(new Set(['file']));
    expect(await storedRow(id, 1_150)).toMatchObject({ status: 5, rank: 1 });
    const consents = await one(
      `select a.fields, a.testing, a.inserted_at as at, c.communication_consent as consent, s.email,
              convert_from(c.payload, 'utf8')::jsonb->>'email' as payload, encode(s.fingerprint, 'base64') as person
         from actions.submissions u join actions.actions a on a.id = u.action_id
         join actions.supporters s on s.id = a.supporter_id join actions.contacts c on c.supporter_id = s.id
        where u.id = $1`,
      [uploadedSubmissionId({ uploadId: id, row: { clientActionId: 'c11' } })],
    );
    expect(consents).toEqual({
      fields: { note: 'row 11' },
      testing: true,
      at: new Date('2025-03-01T00:00:00Z'),
      consent: true,
      email: null,
      payload: 'p11@x.org',
      person: fingerprint(seed, 'p11@x.org').toString('base64'),
    });
    const removals = await fixture.sql.query<{ key: string; due: boolean }>(
      'select key, remove_after <= now() as due from actions.object_removals order by due desc',
    );
    // The file is gone already, or is to go; the report stays for a while.
    expect(removals.rows.filter(({ due }) => !due)).toEqual([
      { key: `reports/${place.orgId}/upload-${id}-errors.csv`, due: false },
    ]);
  });

  it('of JSON that are only tried store nothing, and can be imported once after that', async () => {
    const rows = [{ contact: { email: 'dry@x.org', name: 'Dry Run' } }, { email: 'dry@x.org' }];
    const file = await put(JSON.stringify(rows));
    const asked = order(file, { format: 'json' });
    const dry = await begin({ ...asked, isDry: true });
    const counts = { rows: 2, accepted: 1, refused: 1, duplicates: 0, state: 'complete' };
    expect(await ended(dry)).toMatchObject(counts);
    const before = await one('select count(*)::int as n from actions.submissions', []);
    const id = await begin({ ...asked, id: uuidV7() });
    expect(await ended(id)).toMatchObject(counts);
    await fixture.stored({ id: uploadedSubmissionId({ uploadId: id, row: { number: 1 } }) });
    expect(before).toEqual({ n: expect.any(Number) as number });
    expect(await storedRow(dry, 1)).toBeUndefined();
    await expect(begin({ ...asked, id: uuidV7() })).rejects.toMatchObject({ code: importRefusals.again });
  });

  it('that cannot be read to their end keep what came before, and say why', async () => {
    const id = await begin(order(await put(['email,name', 'q1@x.org,Ana Q', `"q2@x.org,${'x'.repeat(70_000)}`])));
    expect(await ended(id)).toMatchObject({
      state: 'refused',
      rows: 1,
      accepted: 1,
      reason: expect.stringMatching(/quote/),
    });
    await fixture.stored({ id: uploadedSubmissionId({ uploadId: id, row: { number: 1 } }) });
    const headless = await begin(order(await put(['Ana,q3@x.org'])));
    expect(await ended(headless)).toMatchObject({
      state: 'refused',
      rows: 0,
      reason: expect.stringMatching(/^column 1 /),
    });
    const gone = await begin(order({ objectKey: `uploads/${place.orgId}/gone.csv`, size: 1 }));
    await waitFor(async () => {
      const { state, last_error: error } = await one<{ state: string; last_error: string }>(
        'select j.state, j.last_error from actions.uploads u join actions.jobs j on j.id = u.job_id where u.id = $1',
        [gone],
      );
      return state === 'failed' && error === 'the file is gone';
    });
  });

  it('mail people only where that is asked for, which it must be where people confirm by mail', async () => {
    const confirming = await fixture.place({}, { supporterConfirm: true });
    const file = await put(['email,name', 'c1@x.org,Ana C']);
    const asked = order(file, { orgId: confirming.orgId, pageId: confirming.pageId });
    await expect(begin(asked)).rejects.toMatchObject({ code: importRefusals.needsMails });
    await expect(begin({ ...asked, pageId: place.pageId })).rejects.toMatchObject({ code: importRefusals.notFound });
    const id = await begin({ ...asked, settings: { ...asked.settings, sendsMails: true } });
    await ended(id);
    await fixture.stored({ id: uploadedSubmissionId({ uploadId: id, row: { number: 1 } }) });
    expect(await storedRow(id, 1)).toMatchObject({ status: 0, supporterStatus: 1 });
    expect(await one('select no_mail from actions.actions where action_page_id = $1', [confirming.pageId])).toEqual({
      no_mail: false,
    });
  });

  it('bring back nobody who was erased after they were handed in', async () => {
    const lines = ['email,name', 'erased@x.org,Ana E', 'kept@x.org,Ana K'];
    await fixture.sql.query(
      "insert into catalog.erasures (org_id, ref, erased_at) values ($1, $2, now() + interval '1 hour')",
      [place.orgId, fingerprint(seed, 'erased@x.org')],
    );
    const id = await begin(order(await put(lines)));
    await ended(id);
    const ids = [1, 2].map((number) => ({ id: uploadedSubmissionId({ uploadId: id, row: { number } }) }));
    await fixture.stored(...ids);
    const { rows } = await fixture.sql.query(
      `select count(c.id)::int as records, s.first_name as name from actions.submissions u
         join actions.actions a on a.id = u.action_id join actions.supporters s on s.id = a.supporter_id
         left join actions.contacts c on c.supporter_id = s.id where u.id = any($1) group by s.id order by s.id`,
      [ids.map((row) => row.id)],
    );
    expect(rows).toEqual(
      expect.arrayContaining([
        { records: 0, name: null },
        { records: 1, name: 'Ana' },
      ]),
    );
  });

  it('are read by the job of the turn that is due alone, also where the one before is done again after its last step', async () => {
    const control = app.get(JobControl);
    const inTransaction = <T>(work: (manager: EntityManager) => Promise<T>) => app.get(Database).transaction(work);
    await inTransaction((manager) => control.pause(manager, importActions.name, 'test'));
    const id = await begin(order(await put(['email,name', 't1@x.org,Ana T'])));
    const first = await one<{ job: number }>('select job_id::int as job from actions.uploads where id = $1', [id]);
    const second = await inTransaction(async (manager) => {
      const payload = { uploadId: id, turn: 2 };
      const { id: jobId } = await app.get(JobQueue).add(manager, importActions, { payload, orgId: place.orgId });
      await new UploadRepository(manager).setJob(id, jobId);
      return jobId;
    });
    await inTransaction((manager) => control.resume(manager, importActions.name));
    expect(await ended(id)).toMatchObject({ state: 'complete', rows: 1 });
    const results = async () =>
      (
        await fixture.sql.query<{ result: unknown }>(
          "select result from actions.jobs where id = any($1) and state = 'complete' order by id",
          [[first.job, second]],
        )
      ).rows.map(({ result }) => result);
    await waitFor(async () => (await results()).length === 2);
    expect(await results()).toEqual([{ rows: 0 }, { rows: 1 }]);
  });

  it('end where their page is gone meanwhile, or its supporters have to confirm', async () => {
    const other = await fixture.place();
    const lines = ['email,name', ...Array.from({ length: 20_000 }, (_, n) => `g${n}@x.org,Ana G`)];
    const reading = async (change: string) => {
      const id = await begin(order(await put(lines), { orgId: other.orgId, pageId: other.pageId }));
      await waitFor(async () => Number((await uploadOf(id))['rows']) >= 500, longMs);
      await fixture.sql.query(change, [other.pageId]);
      return ended(id);
    };
    await app.close();
    app = await start({ IMPORT_ROWS_PER_SECOND: '1000' });
    const confirms = `update catalog.campaigns set supporter_confirm = true
                       where id = (select campaign_id from catalog.action_pages where id = $1)`;
    const stopped = await reading(confirms);
    expect(stopped).toMatchObject({ state: 'refused', reason: expect.stringMatching(/must send mails/) as string });
    expect(stopped['rows']).toBeLessThan(20_000);
    await fixture.sql.query(confirms.replace('true', 'null'), [other.pageId]);
    const deleted = await reading('update catalog.action_pages set deleted_at = now() where id = $1');
    expect(deleted).toMatchObject({ state: 'refused', reason: 'its action page is gone' });
    expect(deleted['rows']).toBeLessThan(20_000);
  });

  it('leave room for signatures in what the own service of their org is asked about', async () => {
    const asking = await fixture.place();
    await fixture.sql.query(
      `with made as (
         insert into catalog.services (org_id, name, host, "user", password) values ($1, 'webhook', 'http://127.0.0.1:1/', '', '')
         returning id)
       update catalog.orgs set detail_backend_id = (select id from made) where id = $1`,
      [asking.orgId],
    );
    await app.close();
    app = await start({ DETAIL_RETRY_FIRST_MS: '100', DETAIL_RETRY_LONGEST_MS: '100', DETAIL_GATHER_MS: '20' });
    const lines = Array.from({ length: 2_500 }, (_, n) => `l${n}@x.org,Ana L`);
    const file = await put(['email,name', ...lines]);
    const id = await begin(order(file, { orgId: asking.orgId, pageId: asking.pageId }));
    const job = () =>
      one<{ error: string | null }>(
        `select j.last_error as error from actions.jobs j join actions.uploads u on u.job_id = j.id where u.id = $1`,
        [id],
      );
    await waitFor(async () => /detail backend/.test((await job()).error ?? ''), longMs);
    expect(Number((await uploadOf(id))['rows'])).toBeLessThan(2_500);
    await fixture.sql.query('update catalog.orgs set detail_backend_id = null where id = $1', [asking.orgId]);
    await fixture.sql.query(
      "update actions.jobs set due_at = now() where type = 'import-actions' and state = 'queued'",
    );
    expect(await ended(id)).toMatchObject({ state: 'complete', accepted: 2_500 });
    const text = 'select count(*)::int as n from actions.actions where action_page_id = $1';
    await waitFor(async () => (await one<{ n: number }>(text, [asking.pageId])).n === 2_500, longMs);
  });

  it('go on in another process where one was stopped, and are called off by a person', async () => {
    await app.close();
    // Slow enough to be met while they are read, however busy the machine is.
    app = await start({ IMPORT_ROWS_PER_SECOND: '250' });
    const before = await one<{ n: number }>('select count(*)::int as n from actions.actions', []);
    const lines = Array.from({ length: 2_300 }, (_, n) => `r${n}@x.org,Ana R`);
    const id = await begin(order(await put(['email,name', ...lines])));
    await waitFor(async () => Number((await uploadOf(id))['rows']) >= 500, longMs);
    await app.close();
    const { rows } = await uploadOf(id);
    expect(rows).toBeLessThan(2_300);
    app = await start();
    expect(await ended(id)).toMatchObject({ state: 'complete', rows: 2_300, accepted: 2_300, refused: 0 });
    const stored = async () =>
      (await one<{ n: number }>('select count(*)::int as n from actions.actions', [])).n - before.n;
    await waitFor(async () => (await stored()) === 2_300, longMs);
    await app.close();
    app = await start({ IMPORT_ROWS_PER_SECOND: '250' });
    const canceled = await begin(order(await put(['email,name', ...lines.map((line) => `x${line}`)])));
    const cancel = () =>
      ask((desk, manager) =>
        desk.cancel(manager, {
          schema: 'groundswell:request:1',
          kind: 'cancel_import',
          id: uuidV7(),
          orgId: place.orgId,
          uploadId: canceled,
        }),
      );
    expect(await cancel()).toEqual({ outcome: 'changed' });
    expect(await cancel()).toEqual({ outcome: 'unchanged' });
    expect(await uploadOf(canceled)).toMatchObject({ state: 'canceled' });
    await waitFor(async () => {
      const job = await one<{ state: string }>(
        'select j.state from actions.uploads u join actions.jobs j on j.id = u.job_id where u.id = $1',
        [canceled],
      );
      return job.state === 'canceled';
    });
    expect(await stored()).toBeLessThan(4_600);
  });

  it('say after a week which rows name nobody; who comes later is linked all the same', async () => {
    const [late, never] = [refOf('late@x.org'), refOf('never@x.org')];
    await fixture.act(aContact(place, { ref: refOf('known@x.org') }));
    const shares = [late, never, refOf('known@x.org')].map((ref) => `${ref},share`);
    const id = await begin(order(await put(['contactRef,actionType', ...shares])));
    expect(await ended(id)).toMatchObject({ accepted: 3 });
    const states = async () =>
      (
        await fixture.sql.query<{ state: string; row: number }>(
          `select l.state, r.row_number::int as row from actions.upload_references r
             join actions.late_references l on l.action_id = r.action_id where r.upload_id = $1 order by row`,
          [id],
        )
      ).rows.map(({ state }) => state);
    await waitFor(async () => (await states()).length === 2);
    expect(await states()).toEqual(['waiting', 'waiting']);
    const left = `select u.linked::int, (select array_agg(row_number::int order by row_number)
                    from actions.upload_references where upload_id = u.id) as rows from actions.uploads u where u.id = $1`;
    await waitFor(async () => (await one<{ linked: number }>(left, [id])).linked > 0);
    expect(await one(left, [id])).toEqual({ linked: 1, rows: [1, 2] });
    const age = (days: number) =>
      fixture.sql.query(
        `update actions.late_references l set since = now() - $2 * interval '1 day', next_at = now()
           from actions.upload_references r where r.action_id = l.action_id and r.upload_id = $1`,
        [id, days],
      );
    await fixture.act(aContact(place, { ref: refOf('carrier@x.org'), carriedRef: late }));
    await age(8);
    await waitFor(async () => (await states()).join() === 'linked,given_up');
    expect(await errorsOf(id)).toEqual(['2 contactRef no supporter known by this reference within 7 days']);
    await age(15);
    await waitFor(async () => (await states()).length === 0);
    await fixture.act(aContact(place, { ref: never }));
    await waitFor(async () => (await storedRow(id, 2)).supporterId !== null);
  });
});

describe('room in a partition', () => {
  let vhost: TestVhost;
  let connection: RabbitConnection;
  let room: PartitionRoom;

  beforeAll(async () => {
    vhost = await TestVhost.create();
    connection = new RabbitConnection({ urls: vhost.amqpUrl, name: 'test', logger: silentLogger });
    connection.start();
    room = new PartitionRoom(connection);
    room.start();
  });
  afterAll(async () => {
    await room.stop();
    await connection.close();
    await vhost.delete();
  });

  it('is what is left of its limit; a row waits until there is some', async () => {
    const queue = ingestQueue(3);
    await vhost.declareQueues([{ name: queue, bindings: [] }]);
    const waiting = Array.from({ length: readyLimit - 20 }, () => ({}));
    await vhost.send(queue, waiting, (index) => ({ messageId: String(index) }));
    const { signal } = new AbortController();
    await waitFor(async () =>
      room.take(new Map([[3, 1]]), signal).then(
        () => true,
        () => false,
      ),
    );
    await room.take(new Map([[3, 19]]), signal);
    let isIn = false;
    const last = room.take(new Map([[3, 21]]), signal).then(() => (isIn = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isIn).toBe(false);
    await vhost.drain(queue);
    await last;
    const told = new AbortController();
    const never = room.take(new Map([[3, readyLimit + 1]]), told.signal);
    told.abort('stop');
    await expect(never).rejects.toThrow();
  });
});
