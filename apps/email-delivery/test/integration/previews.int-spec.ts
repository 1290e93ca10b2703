import PostalMime from 'postal-mime';
import { waitFor } from '@groundswell/testing';
import { keptPreviews } from '../../src/previews/preview.repository';
import { MailFixture, type TestOrg } from './mail-fixture';

interface PreviewRow {
  orgId: number;
  subject: string;
  html: string;
  source: string;
}

describe('the preview backend', () => {
  let fixture: MailFixture;
  let org: TestOrg;

  beforeAll(async () => {
    fixture = await MailFixture.create();
    org = await fixture.anOrg({ name: 'preview' });
    await fixture.start();
  });
  afterAll(() => fixture.close());

  const previewsFor = async (email: string): Promise<PreviewRow[]> => {
    const { rows } = await fixture.sql.query<PreviewRow>(
      `select org_id::int as "orgId", subject, html, source from mail.previews where to_address = $1`,
      [email],
    );
    return rows;
  };

  it('keeps one mail of a signature, as the gateway may read it', async () => {
    const { actionId, email } = await fixture.signed(org);
    await fixture.inState(actionId, 'sent');
    const [preview, ...others] = await previewsFor(email);
    expect(others).toEqual([]);
    expect(preview).toMatchObject({ orgId: org.id, html: expect.stringContaining('Harald') as string });
    const parsed = await PostalMime.parse(preview?.source ?? '');
    expect(parsed.subject).toBe(preview?.subject);
    expect(parsed.to?.[0]?.address).toBe(email);
  });

  it('keeps none of somebody who was erased, and those of others', async () => {
    const [erased, other] = [await fixture.signed(org), await fixture.signed(org)];
    for (const { actionId } of [erased, other]) await fixture.inState(actionId, 'sent');
    expect(await previewsFor(erased.email)).toHaveLength(1);
    await fixture.sql.query('insert into catalog.erasures (org_id, ref) values ($1, $2)', [org.id, erased.ref]);
    await waitFor(async () => (await previewsFor(erased.email)).length === 0);
    expect(await previewsFor(other.email)).toHaveLength(1);
  });

  it('keeps the newest only', async () => {
    await fixture.sql.query(
      `insert into mail.previews (message_id, from_address, to_address, subject, source)
       select 'filler-' || n, 'a@example.org', 'filler@example.org', 'filler', '' from generate_series(1, $1) n`,
      [keptPreviews + 10],
    );
    await waitFor(async () => {
      const { rows } = await fixture.sql.query<{ n: number; oldest: string }>(
        `select count(*)::int as n, (select message_id from mail.previews order by id limit 1) as oldest from mail.previews`,
      );
      return rows[0]?.n === keptPreviews && rows[0].oldest === 'filler-11';
    });
  });
});
