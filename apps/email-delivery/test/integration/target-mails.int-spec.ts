import type { TargetMailV1 } from '@groundswell/contracts';
import { Metrics } from '@groundswell/observability';
import { Database, UnknownMails } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { eventStorage } from '../../src/events/event-tokens';
import { TidyDeliveriesTask } from '../../src/deliveries/tidy-deliveries.task';
import type { EventStorage } from '../../src/events/mail-event';
import { toldAtOnce, type TargetOutcomes } from '../../src/targets/target-outcomes';
import { TargetFixture, type TestTarget } from './target-fixture';

let fixture: TargetFixture;
let target: TestTarget;

beforeAll(async () => {
  fixture = await TargetFixture.create({ MAIL_FILES_MAX_BYTES: '1000' });
});
afterAll(() => fixture.close());
beforeEach(async () => {
  target = await fixture.aTarget();
});

const sql = async (text: string, ...parameters: unknown[]) => (await fixture.mails.sql.query(text, parameters)).rows;
const rowOf = async ({ purpose }: { purpose: string }) => {
  const [row] = await fixture.mails.deliveries('purpose = $1', [purpose]);
  return row;
};

describe('a mail to a target', () => {
  it('comes from the supporter by the lead, once, with its copies; its row names nobody', async () => {
    const cc = ['lead-archive@example.org', 'harald@example.org', 'broken'];
    const asked = await fixture.ask(target, { cc });
    expect(await fixture.answer(asked)).toMatchObject({ outcome: 'sent', attempt: 1, error: null });
    const [mail, ...others] = fixture.sentTo(target);
    expect(others).toEqual([]);
    expect(mail).toMatchObject({
      from: expect.stringMatching(/^SRS0=.*=harald\d+@lead\.test$/),
      to: [target.email, ...cc.slice(0, 2)],
      procaId: `mtt:${asked.messageId}`,
    });
    expect(mail?.parsed).toMatchObject({
      from: { name: 'Harald Blau' },
      to: [{ name: 'Ann', address: target.email }],
      replyTo: [{ address: asked.supporter.email }],
      subject: 'Please act',
      text: expect.stringContaining('Dear Ann'),
      html: expect.stringContaining('<p>Dear Ann</p>'),
    });
    const [row] = await sql('select d.*, d::text as whole from mail.deliveries d where purpose = $1', asked.purpose);
    expect(row).toMatchObject({ state: 'sent', custom_id: `mtt:${asked.messageId}`, recipient: null, variables: null });
    for (const person of [target.email, asked.supporter.email, 'Blau']) {
      expect((row as { whole: string }).whole).not.toContain(person);
    }
  });

  it('asked for again is not sent again: the outcome is told again, for the newest asking', async () => {
    const asked = await fixture.ask(target);
    await fixture.answer(asked);
    await fixture.ask(target, asked);
    await fixture.ask(target, { ...asked, attempt: 2 });
    await fixture.ask(target, { ...asked, attempt: 1 });
    const answers = await fixture.answers(asked, 4);
    expect(answers.map(({ outcome, attempt }) => [outcome, attempt])).toEqual([
      ['sent', 1],
      ['sent', 1],
      ['sent', 2],
      ['sent', 2],
    ]);
    expect(fixture.sentTo(target)).toHaveLength(1);
  });

  it('of one person is one, whichever message asks', async () => {
    const [first, second] = [await fixture.ask(target), await fixture.ask(await fixture.aTarget())];
    await fixture.answer(first);
    await fixture.answer(second);
    const other = await fixture.ask(target, { ...first, messageId: first.messageId + 500 });
    expect(await fixture.answer(other)).toMatchObject({ outcome: 'cancelled', attempt: 1 });
    expect(fixture.sentTo(target)).toHaveLength(1);
  });

  it('tells what events say of it, though they do not name it, and nothing of the supporter', async () => {
    const asked = await fixture.ask(target);
    const { deliveryId } = await fixture.answer(asked);
    const storage = fixture.mails.running[0]?.get<EventStorage>(eventStorage);
    for (const type of ['delivered', 'opened'] as const) {
      await storage?.store([
        {
          id: `${deliveryId}:${type}`,
          provider: 'smtp',
          serviceId: fixture.lead.serviceId,
          type,
          severity: null,
          recipient: target.email,
          deliveryId,
          providerMessageId: null,
          customId: null,
          at: new Date(),
          error: null,
          isMachine: false,
          isSuppressed: false,
        },
      ]);
    }
    const answers = await fixture.answers(asked, 3);
    expect(answers.map(({ outcome }) => outcome)).toEqual(['sent', 'delivered', 'opened']);
    expect(await sql('select 1 from mail.contact_seen where ref = $1', Buffer.from(asked.ref, 'base64url'))).toEqual(
      [],
    );
  });
});

describe('the last look before the call', () => {
  const id = () => target.campaignId;
  const reasons: [reason: string, stop: () => Promise<unknown>, undo: () => Promise<unknown>][] = [
    [
      'paused',
      () => sql('update catalog.mtt set paused_at = now() where campaign_id = $1', id()),
      () => sql('update catalog.mtt set paused_at = null where campaign_id = $1', id()),
    ],
    [
      'campaign closed',
      () => sql('update catalog.campaigns set status = 2 where id = $1', id()),
      () => sql('update catalog.campaigns set status = 1 where id = $1', id()),
    ],
    [
      'target disabled',
      () => sql('update catalog.targets set deleted_at = now() where id = $1', target.id),
      () => sql('update catalog.targets set deleted_at = null where id = $1', target.id),
    ],
    [
      'address disabled',
      () => sql('update catalog.target_emails set disabled = true where id = $1', target.emailId),
      () => sql('update catalog.target_emails set disabled = false where id = $1', target.emailId),
    ],
  ];

  it.each(reasons)('%s: nothing is sent, and the purpose is free', async (reason, stop, undo) => {
    await stop();
    const asked = await fixture.ask(target);
    expect(await fixture.answer(asked)).toMatchObject({ outcome: 'returned', error: reason, attempt: 1 });
    expect(await rowOf(asked)).toMatchObject({ state: 'returned', recipient: null, variables: null });
    await undo();
    // The same asking once more is a repeat.
    await fixture.ask(target, asked);
    expect((await fixture.answers(asked, 2))[1]).toMatchObject({ outcome: 'returned', attempt: 1 });
    expect(fixture.sentTo(target)).toEqual([]);
    await fixture.ask(target, { ...asked, attempt: 2 });
    expect((await fixture.answers(asked, 3))[2]).toMatchObject({ outcome: 'sent', attempt: 2 });
    expect(fixture.sentTo(target)).toHaveLength(1);
  });

  it('too late: what is asked for again goes', async () => {
    const asked = await fixture.ask(target, { notAfter: new Date(Date.now() - 1_000).toISOString() });
    expect(await fixture.answer(asked)).toMatchObject({ outcome: 'returned', error: 'too late' });
    const notAfter = new Date(Date.now() + 60_000).toISOString();
    await fixture.ask(target, { ...asked, attempt: 2, notAfter });
    expect((await fixture.answers(asked, 2))[1]).toMatchObject({ outcome: 'sent' });
  });

  it.each(['lead', 'page'])('erased by the org of the %s: never sent', async (whose) => {
    const [page] = (await sql('select org_id from catalog.action_pages where id = $1', target.pageId)) as {
      org_id: number;
    }[];
    const refs = Buffer.alloc(32, fixture.mails.next());
    const orgId = whose === 'lead' ? fixture.lead.id : page?.org_id;
    await sql('insert into catalog.erasures (org_id, ref, erased_at) values ($1, $2, now())', orgId, refs);
    const asked = await fixture.ask(target, { ref: refs.toString('base64url') });
    expect(await fixture.answer(asked)).toMatchObject({ outcome: 'cancelled', error: 'erased' });
    expect(await rowOf(asked)).toMatchObject({ state: 'failed', recipient: null, variables: null });
    expect(fixture.sentTo(target)).toEqual([]);
  });

  it('a retry is looked at like the first attempt', async () => {
    fixture.sink.answerNext('sender', '451 4.3.0 try later');
    const asked = await fixture.ask(target);
    await waitFor(async () => (await rowOf(asked))?.attempts === 1);
    expect(await fixture.answersTo(asked)).toEqual([]);
    await sql('update catalog.mtt set paused_at = now() where campaign_id = $1', id());
    await sql('update mail.deliveries set next_attempt_at = now() where purpose = $1', asked.purpose);
    expect(await fixture.answer(asked)).toMatchObject({ outcome: 'returned', error: 'paused' });
  });
});

it('an address the account may not mail is returned, and another one of the target is written to', async () => {
  const { mails } = fixture;
  await mails.sql.query(
    `insert into mail.suppressions (service_id, address_hash, reason, created_at) values ($1, $2, 'bounce', now())`,
    [fixture.lead.serviceId, mails.addressHash(target.email)],
  );
  const asked = await fixture.ask(target);
  expect(await fixture.answer(asked)).toMatchObject({ outcome: 'returned', error: 'suppressed' });
  const email = `second.${target.email}`;
  const targetEmailId = await fixture.mails.insert('catalog.target_emails', { target_id: target.id, email });
  await fixture.ask(target, { ...asked, attempt: 2, targetEmailId, to: { name: 'Ann', email } });
  expect((await fixture.answers(asked, 2))[1]).toMatchObject({ outcome: 'sent' });
  expect([fixture.sentTo(target).length, fixture.sentTo({ email }).length]).toEqual([0, 1]);
});

it('all that others ended is told in one run', async () => {
  const told = [toldAtOnce, toldAtOnce, 3];
  const targets = { tellAll: () => Promise.resolve(told.shift() ?? 0) } as unknown as TargetOutcomes;
  const app = fixture.mails.running[0];
  const logger = { warn: () => undefined } as never;
  await new TidyDeliveriesTask(app!.get(Database), logger, 1_000, 400, targets).run();
  expect(told).toEqual([]);
});

describe('what cannot be sent', () => {
  it.each([
    ['empty', { subject: '' }, 'cancelled', 'empty'],
    ['to a broken address', { to: { name: 'Ann', email: 'ann' } }, 'failed', 'invalid recipient address'],
    ['of a broken address', { supporter: { email: 'no@where@x' } }, 'failed', 'bad sender address'],
  ])('%s ends alone', async (_what, change, outcome, error) => {
    const { supporter } = (await fixture.ask(await fixture.aTarget())) as { supporter: object };
    const bad = await fixture.ask(target, {
      ...change,
      ...('supporter' in change ? { supporter: { ...supporter, ...change.supporter } } : {}),
    } as never);
    const good = await fixture.ask(await fixture.aTarget());
    expect(await fixture.answer(bad)).toMatchObject({ outcome, error });
    expect(await fixture.answer(good)).toMatchObject({ outcome: 'sent' });
  });

  it('a dead address fails its mail, and says that the mail was never sent', async () => {
    fixture.sink.refuse(target.email);
    const asked = await fixture.ask(target);
    const answers = await fixture.answers(asked, 2);
    expect(answers.map(({ outcome, isRefusal }) => [outcome, isRefusal])).toEqual([
      ['failed', undefined],
      ['bounce', true],
    ]);
  });

  it('what was empty leaves its purpose to the next message of that person', async () => {
    const empty = await fixture.ask(target, { body: '' });
    expect(await fixture.answer(empty)).toMatchObject({ outcome: 'cancelled' });
    const next = await fixture.ask(target, { ...empty, messageId: empty.messageId + 500, body: 'Please act' });
    expect(await fixture.answer(next)).toMatchObject({ outcome: 'sent' });
    expect(fixture.sentTo(target)).toHaveLength(1);
  });

  describe('a call without answer', () => {
    const calls: { target: TestTarget; asked: TargetMailV1 }[] = [];
    const aCall = () => {
      const call = calls.pop();
      if (!call) throw new Error('no call is left');
      return call;
    };

    /** A call lasts until nobody waits for its answer any more: one for each test, all at once. */
    beforeAll(async () => {
      for (const target of [await fixture.aTarget(), await fixture.aTarget(), await fixture.aTarget()]) {
        fixture.sink.mishap({ stage: 'body', kind: 'taken-then-silent' });
        calls.push({ target, asked: await fixture.ask(target) });
      }
      await Promise.all(calls.map(({ asked }) => fixture.answer(asked)));
    });

    it('is unknown until a person decides', async () => {
      const { target, asked } = aCall();
      const { deliveryId, ...answer } = await fixture.answer(asked);
      expect(answer).toMatchObject({ outcome: 'unknown', attempt: 1 });
      await fixture.ask(target, { ...asked, attempt: 2 });
      expect((await fixture.answers(asked, 2))[1]).toMatchObject({ outcome: 'unknown', attempt: 2 });
      expect(fixture.sentTo(target)).toHaveLength(1);
      const people = new UnknownMails(
        async (text, parameters) => (await fixture.mails.sql.query(text, parameters)).rows,
      );
      expect(await people.resend(String(deliveryId))).toMatchObject({ outcome: 'changed' });
      expect((await fixture.answers(asked, 3))[2]).toMatchObject({ outcome: 'sent', attempt: 2 });
      await fixture.ask(target, { ...asked, attempt: 3 });
      expect((await fixture.answers(asked, 4))[3]).toMatchObject({ outcome: 'sent', attempt: 3 });
      expect(fixture.sentTo(target)).toHaveLength(2);
    });

    it('stays unknown when the person is erased, and nobody writes that target again for them', async () => {
      const { target, asked } = aCall();
      const { deliveryId } = await fixture.answer(asked);
      const ref = Buffer.from(asked.ref, 'base64url');
      await sql('insert into catalog.erasures (org_id, ref, erased_at) values ($1, $2, now())', fixture.lead.id, ref);
      await waitFor(async () => (await rowOf(asked))?.recipient === null);
      expect(await rowOf(asked)).toMatchObject({ state: 'unknown', variables: null });
      const later = { messageId: asked.messageId + 500, acceptedAt: new Date(Date.now() + 60_000).toISOString() };
      const other = await fixture.ask(target, { ...asked, ...later });
      expect(await fixture.answer(other)).toMatchObject({ outcome: 'cancelled' });
      expect((await fixture.answersTo(asked)).map(({ outcome }) => outcome)).toEqual(['unknown']);
      expect(fixture.sentTo(target)).toHaveLength(1);
      const people = new UnknownMails(
        async (text, parameters) => (await fixture.mails.sql.query(text, parameters)).rows,
      );
      expect(await people.resend(String(deliveryId))).toEqual({ outcome: 'nothing_to_send' });
    });

    it('dropped by a person has failed', async () => {
      const { asked } = aCall();
      const { deliveryId } = await fixture.answer(asked);
      const people = new UnknownMails(
        async (text, parameters) => (await fixture.mails.sql.query(text, parameters)).rows,
      );
      await people.drop(String(deliveryId));
      expect((await fixture.answers(asked, 2))[1]).toMatchObject({ outcome: 'failed', error: 'dropped by a person' });
    });
  });
});

describe('with a template', () => {
  it('takes the next best language, and shows figures of the campaign', async () => {
    const html = '<h1>{{target.name}}, {{campaign.stats.supporterCount}}, {{org.title}}</h1>{{{body}}}';
    await fixture.mails.insert('catalog.email_templates', {
      org_id: fixture.lead.id,
      name: 'letter',
      locale: 'en',
      subject: '{{subject}}!',
      html,
    });
    await sql(
      `insert into stats.counters (campaign_id, kind, id, count) values ($1, 0, 1, 40), ($1, 0, 2, 2)`,
      target.campaignId,
    );
    await fixture.mails.seen((catalogue) => catalogue.templatesOfOrg(fixture.lead.id).length > 0);
    const { target: about } = await fixture.ask(await fixture.aTarget());
    const asked = await fixture.ask(target, {
      template: 'letter',
      target: { ...about, id: target.id, locale: 'pl_PL' },
    });
    await fixture.answer(asked);
    const [mail] = fixture.sentTo(target);
    expect(mail?.parsed.subject).toBe('Please act!');
    expect(mail?.parsed.html).toMatch(/<h1>Ann, 42, The org\d+<\/h1><p>Dear Ann<\/p>/);
  });

  it('that is missing it goes without', async () => {
    const asked = await fixture.ask(target, { template: 'nowhere' });
    expect(await fixture.answer(asked)).toMatchObject({ outcome: 'sent' });
    expect(fixture.sentTo(target)[0]?.parsed.subject).toBe('Please act');
    const texts = await Promise.all(fixture.mails.running.map((app) => app.get(Metrics).text()));
    expect(texts.join('\n')).toContain(
      `groundswell_mail_missing_templates_total{campaign_id="${target.campaignId}",service="email-delivery"} 1`,
    );
  });
});

it('a test goes to the supporter, marked, also while the campaign is paused and closed', async () => {
  await sql('update catalog.mtt set paused_at = now() where campaign_id = $1', target.campaignId);
  await sql('update catalog.campaigns set status = 0 where id = $1', target.campaignId);
  const email = `${fixture.mails.unique('tester')}@example.org`;
  const asked = await fixture.ask(target, {
    purpose: `mtt-test:${target.campaignId}:en:${fixture.mails.next()}`,
    testing: true,
    targetEmailId: null,
    to: { name: 'Harald Blau', email },
    cc: ['test@lead.test'],
  });
  expect(await fixture.answer(asked)).toMatchObject({ outcome: 'sent' });
  expect(fixture.sentTo({ email })[0]).toMatchObject({
    to: [email, 'test@lead.test'],
    parsed: { subject: '[TEST] Please act' },
  });
});

describe('files', () => {
  const png = Buffer.from('89504e470d0a1a0a', 'hex');

  it('are read from the lead’s storage', async () => {
    fixture.storage.files.set('river/a/leaflet.png', png).set('river/terms.pdf', Buffer.from('pdf'));
    const asked = await fixture.ask(target, { files: ['river/a/leaflet.png', 'river/terms.pdf'] });
    expect(await fixture.answer(asked)).toMatchObject({ outcome: 'sent' });
    const attachments = fixture
      .sentTo(target)[0]
      ?.parsed.attachments.map(({ filename, mimeType, contentId, content }) => [
        filename,
        mimeType,
        contentId,
        Buffer.from(content as ArrayBuffer).toString('hex'),
      ]);
    expect(attachments).toEqual([
      ['leaflet.png', 'image/png', '<file1>', png.toString('hex')],
      ['terms.pdf', 'application/pdf', undefined, Buffer.from('pdf').toString('hex')],
    ]);
  });

  it('that cannot be read are tried again, and after three times the mail has failed', async () => {
    const asked = await fixture.ask(target, { files: ['river/gone.png'] });
    for (const attempts of [1, 2]) {
      await waitFor(async () => (await rowOf(asked))?.attempts === attempts);
      expect(await fixture.answersTo(asked)).toEqual([]);
      await sql('update mail.deliveries set next_attempt_at = now() where purpose = $1', asked.purpose);
    }
    expect(await fixture.answer(asked)).toMatchObject({ outcome: 'failed', error: 'storage: HTTP 400' });
    expect(fixture.sentTo(target)).toEqual([]);
  });

  it('that are too large fail the mail at once', async () => {
    fixture.storage.files.set('river/film.mp4', Buffer.alloc(1_001));
    const asked = await fixture.ask(target, { files: ['river/film.mp4'] });
    expect(await fixture.answer(asked)).toMatchObject({ outcome: 'failed', error: 'the files are too large' });
  });
});
