import { Catalogue } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { BrevoServer, HubspotServer, MailjetServer } from '../providers/provider-servers';
import { SesServer } from '../providers/mime-servers';
import { MailFixture } from './mail-fixture';

/** Each kind of account by a row of the catalogue, as the service opens it. */
describe('kinds of providers', () => {
  let fixture: MailFixture;
  const mailjet = new MailjetServer({ user: 'public', password: 'private' });
  const brevo = new BrevoServer('xkeysib-1');
  const hubspot = new HubspotServer('pat-1', [77]);
  const ses = new SesServer();
  const servers = { mailjet, brevo, hubspot, ses };

  beforeAll(async () => {
    fixture = await MailFixture.create();
    const urls = await Promise.all(
      Object.entries(servers).map(async ([kind, server]) => `${kind}=${(await server.start()).url}`),
    );
    await fixture.start({ PROVIDER_URLS: urls.join(',') });
  });
  afterAll(async () => {
    await fixture.close();
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  });

  async function thank(service: Parameters<MailFixture['anOrg']>[0], page: Record<string, unknown> = {}) {
    const org = await fixture.anOrg(service, { page });
    if (service?.name === 'hubspot') {
      const columns = 'org_id, name, locale, external_id';
      await fixture.sql.query(`insert into catalog.email_templates (${columns}) values ($1, 'hub', 'en', '77')`, [
        org.id,
      ]);
    }
    await fixture.seen(({ pages }) => pages.get(org.pageId) !== undefined);
    const { actionId, email } = await fixture.signed(org);
    const row = await fixture.inState(actionId, 'sent');
    return { actionId, email, id: row.id, from: `office@${org.name}.test` };
  }

  it('mailjet', async () => {
    const { actionId, email, id, from } = await thank({ name: 'mailjet', user: 'public', password: 'private' });
    expect(mailjet.taken).toEqual([
      expect.objectContaining({
        From: expect.objectContaining({ Email: from }) as object,
        To: [expect.objectContaining({ Email: email })],
        CustomID: `action:${actionId}`,
        EventPayload: JSON.stringify({ d: id }),
        HTMLPart: expect.stringContaining('Save the river') as string,
        Headers: {
          'List-Unsubscribe': expect.stringMatching(/^<https:\/\/campaigns\.test\/link\/u\/[\w-]{80,}>$/) as string,
          'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        },
      }),
    ]);
  });

  it('an account that was changed has its own templates at once', async () => {
    mailjet.templates.push({ ID: 11, Name: 'river thanks' });
    const account = { name: 'mailjet', user: 'public', password: 'private' };
    const org = await fixture.anOrg(account, { page: { thank_you_template: 'river thanks' } });
    const sentWith = async () => {
      const { actionId } = await fixture.signed(org);
      await fixture.inState(actionId, 'sent');
      return mailjet.taken.find(({ CustomID }) => CustomID === `action:${actionId}`)?.TemplateID;
    };
    expect(await sentWith()).toBe(11);
    mailjet.templates.splice(0, 1, { ID: 22, Name: 'river thanks' });
    expect(await sentWith()).toBe(11);
    let isSeen = false;
    const [app] = fixture.running;
    app?.get(Catalogue).onChange(({ table, after }) => (isSeen ||= table === 'services' && after?.orgId === org.id));
    await fixture.sql.query('update catalog.services set updated_at = now() where org_id = $1', [org.id]);
    await waitFor(() => isSeen);
    expect(await sentWith()).toBe(22);
  });

  it('brevo', async () => {
    const { actionId, email, id, from } = await thank({ name: 'brevo', password: 'xkeysib-1' });
    expect(brevo.taken).toEqual([
      expect.objectContaining({
        sender: expect.objectContaining({ email: from }) as object,
        to: [expect.objectContaining({ email })],
        tags: [`action:${actionId}`, `d:${id}`],
        htmlContent: expect.stringContaining('Save the river') as string,
      }),
    ]);
  });

  it('hubspot, by the number of its own template', async () => {
    const account = { name: 'hubspot', password: 'Bearer pat-1' };
    const { actionId, email } = await thank(account, { thank_you_template: 'hub' });
    expect(hubspot.taken).toEqual([
      expect.objectContaining({
        emailId: 77,
        contactProperties: {},
        customProperties: expect.objectContaining({ campaignTitle: 'Save the river' }) as object,
        message: expect.objectContaining({
          to: email,
          sendId: expect.stringMatching(`^action:${actionId}:`) as string,
        }) as object,
      }),
    ]);
  });

  it('ses', async () => {
    const { actionId, email, id, from } = await thank({ name: 'ses', host: 'eu-west-1', user: 'AKIATEST' });
    const [mail] = ses.mails;
    expect(mail?.destinations).toEqual([email]);
    expect(mail?.parsed.from?.address).toBe(from);
    expect(mail?.parsed.html).toContain('Save the river');
    const headers = Object.fromEntries((mail?.parsed.headers ?? []).map(({ key, value }) => [key, value]));
    expect(headers).toMatchObject({ 'x-proca-id': `action:${actionId}`, 'x-groundswell-delivery': String(id) });
  });
});
