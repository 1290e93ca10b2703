import { waitFor } from '@groundswell/testing';
import { FakeMailgun } from './fake-mailgun';
import { MailFixture, type SignedOptions, type TestOrg } from './mail-fixture';

/** What a case begins without, and how it comes. */
interface Given {
  page?: Record<string, unknown>;
  signed?: SignedOptions;
  before?: (org: TestOrg) => Promise<unknown>;
  change: (org: TestOrg) => Promise<unknown>;
}

describe('settings that were changed a moment ago', () => {
  let fixture: MailFixture;
  let mailgun: FakeMailgun;

  beforeAll(async () => {
    [fixture, mailgun] = await Promise.all([MailFixture.create(), FakeMailgun.start()]);
  });
  afterAll(async () => {
    await fixture.close();
    await mailgun.stop();
  });

  const backend = () => ({ name: 'mailgun', host: mailgun.origin });
  const set = (table: string, column: string, id: number, value: unknown): Promise<unknown> =>
    fixture.sql.query(`update catalog.${table} set ${column} = $2 where id = $1`, [id, value]);
  const confirm: SignedOptions = { stage: 'supporter_confirm' };

  it.each<[string, Given]>([
    [
      'a confirm template of the org',
      { signed: confirm, change: ({ id }) => set('orgs', 'supporter_confirm_template', id, 'supporter_confirm') },
    ],
    [
      'a confirm template of the campaign',
      {
        signed: confirm,
        change: ({ campaignId }) => set('campaigns', 'supporter_confirm_template', campaignId, 'supporter_confirm'),
      },
    ],
    [
      'a thank-you template of the page',
      {
        page: { thank_you_template: null },
        change: ({ pageId }) => set('action_pages', 'thank_you_template', pageId, 'thank_you'),
      },
    ],
    [
      'an email backend',
      {
        before: ({ id }) => set('orgs', 'email_backend_id', id, null),
        change: (org) => fixture.setBackend(org, 'email_backend_id', backend()),
      },
    ],
    [
      'a sender address',
      {
        before: ({ id }) => set('orgs', 'email_from', id, null),
        change: ({ id }) => set('orgs', 'email_from', id, 'office@new.test'),
      },
    ],
  ])('count: %s', async (_what, { page = {}, signed, before, change }) => {
    const org = await fixture.anOrg(backend(), { page });
    await before?.(org);
    // Looks at the settings when it starts, and not again by itself.
    const app = await fixture.start({ CATALOGUE_POLL_MS: '600000' });
    await fixture.seen(({ pages }) => pages.get(org.pageId) !== undefined);
    await change(org);
    const { actionId } = await fixture.signed(org, signed);
    await waitFor(async () => (await fixture.deliveries('action_id = $1', [actionId])).length === 1);
    await fixture.stop(app);
  });
});
