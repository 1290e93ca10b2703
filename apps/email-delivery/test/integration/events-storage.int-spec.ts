import { commandOf, outcomeOf } from './event-messages';
import { aFailure, anEvent, EventFixture, hashAddress, minute, type TestMail } from './event-fixture';
import type { MailEvent } from '../../src/events/mail-event';
import { readEvents } from '../../src/events/normalising/webhook-events';
import type { DatabaseEventStorage } from '../../src/events/storage/database.event-storage';

let fixture: EventFixture;
let storage: DatabaseEventStorage;

beforeAll(async () => {
  fixture = await EventFixture.create();
  storage = await fixture.storage();
});
afterAll(() => fixture.close());

const store = (...events: MailEvent[]) => storage.store(events);
const deliveryOf = (mail: TestMail) =>
  fixture.row<Record<string, unknown>>(
    `select state, error, recipient, sent_at, delivered_at, opened_at, clicked_at, bounced_at
       from mail.deliveries where id = $1`,
    [mail.id],
  );
const failureOf = (mail: TestMail) =>
  fixture.row<Record<string, unknown>>(
    `select severity, code, enhanced_code, message, failed_at, attempts, is_suppressed, resolved_at
       from mail.failures where delivery_id = $1`,
    [mail.id],
  );
const messagesAbout = (text: string) =>
  fixture.rows<{ message_id: string; exchange: string; routing_key: string; body: string; lane: number }>(
    `select message_id, exchange, routing_key, body, lane from mail.outbox where body like $1 order by id`,
    [`%${text}%`],
  );
const suppressionOf = (address: string, serviceId = fixture.serviceId) =>
  fixture.row<{ reason: string; created_at: Date }>(
    'select reason, created_at from mail.suppressions where address_hash = $1 and service_id = $2',
    [hashAddress(address), serviceId],
  );
const actionOf = async (mail: TestMail): Promise<number> =>
  Number(
    (await fixture.row<{ action_id: string }>('select action_id from mail.deliveries where id = $1', [mail.id]))
      ?.action_id,
  );

describe('what an event does to its mail', () => {
  it('keeps the earliest time of each kind, whatever comes first', async () => {
    const mail = await fixture.mail();
    await store(
      anEvent(mail, 'opened', { at: minute(9) }),
      anEvent(mail, 'delivered', { at: minute(5) }),
      anEvent(mail, 'delivered', { at: minute(3) }),
    );
    const result = await store(
      anEvent(mail, 'opened', { at: minute(7) }),
      anEvent(mail, 'clicked', { at: minute(8) }),
      anEvent(mail, 'delivered', { at: minute(6) }),
    );
    expect(result).toMatchObject({ opened: 1, clicked: 1, delivered: 1, unprocessable: 0 });
    expect(await deliveryOf(mail)).toMatchObject({
      state: 'sent',
      delivered_at: minute(3),
      opened_at: minute(7),
      clicked_at: minute(8),
      bounced_at: null,
    });
  });

  it('takes the delivery back when the mail bounces later, and delivers no mail that failed', async () => {
    const mail = await fixture.mail();
    await store(anEvent(mail, 'delivered', { at: minute(1) }));
    await store(aFailure(mail, 'permanent', { at: minute(20) }));
    expect(await deliveryOf(mail)).toMatchObject({ delivered_at: null, bounced_at: minute(20) });
    await store(anEvent(mail, 'delivered', { at: minute(30) }), anEvent(mail, 'opened', { at: minute(31) }));
    expect(await deliveryOf(mail)).toMatchObject({ delivered_at: null, opened_at: minute(31), bounced_at: minute(20) });
  });

  it('counts a refusal by the provider as a permanent failure', async () => {
    const mail = await fixture.mail();
    const result = await store(
      anEvent(mail, 'blocked', { at: minute(2), error: { code: 0, enhancedCode: null, message: 'content' } }),
    );
    expect(result).toMatchObject({ blocked: 1, permanentFailed: 0 });
    expect(await deliveryOf(mail)).toMatchObject({ bounced_at: minute(2) });
    expect(await failureOf(mail)).toMatchObject({ severity: 'permanent', message: 'content', code: 0 });
  });

  it('records opens of machines and counts them nowhere', async () => {
    const mail = await fixture.mail();
    await store(anEvent(mail, 'opened', { isMachine: true }), anEvent(mail, 'clicked', { isMachine: true }));
    expect(await deliveryOf(mail)).toMatchObject({ opened_at: null, clicked_at: null });
    expect(await fixture.rows('select from mail.events where delivery_id = $1 and is_machine', [mail.id])).toHaveLength(
      2,
    );
  });

  it('takes for sent what a provider knows of', async () => {
    for (const state of ['unknown', 'sending', 'queued']) {
      for (const type of ['accepted', 'delivered', 'opened', 'failed'] as const) {
        const mail = await fixture.mail({ state });
        await store(anEvent(mail, type, { at: minute(4), ...(type === 'failed' && { severity: 'temporary' }) }));
        expect(await deliveryOf(mail)).toMatchObject({
          state: 'sent',
          error: null,
          recipient: null,
          sent_at: minute(4),
        });
      }
    }
  });

  it('leaves what failed here as failed', async () => {
    const mail = await fixture.mail({ state: 'failed' });
    await store(anEvent(mail, 'delivered'));
    expect(await deliveryOf(mail)).toMatchObject({ state: 'failed', delivered_at: minute(0) });
  });
});

describe('whose mail an event is about', () => {
  it('finds the row by its id, by the message id, by the action', async () => {
    const mails = await fixture.mails(2, (index) => ({ actionId: 77, providerMessageId: `<m${index}@mg.test>` }));
    const [byMessage, byAction] = mails as [TestMail, TestMail];
    await store(anEvent(byMessage, 'delivered', { deliveryId: null, providerMessageId: 'm0@mg.test' }));
    await store(anEvent(byAction, 'delivered', { deliveryId: null, customId: 'action:77:more' }));
    for (const mail of mails) expect(await deliveryOf(mail)).toMatchObject({ delivered_at: minute(0) });
  });

  it('takes the newest mail of the action that was there at the time', async () => {
    const address = 'twice@example.org';
    const mails = await fixture.mails(3, () => ({ actionId: 78, address }));
    await fixture.sql.query(`update mail.deliveries set created_at = now() where id = $1`, [mails[2]?.id]);
    await store(anEvent(mails[0]!, 'opened', { deliveryId: null, customId: 'action:78' }));
    const opened = await fixture.rows<{ id: string }>(
      'select id from mail.deliveries where action_id = 78 and opened_at is not null',
    );
    expect(opened.map(({ id }) => Number(id))).toEqual([mails[1]?.id]);
  });

  it('changes nothing for another recipient, another account, another provider or an unknown mail', async () => {
    const mail = await fixture.mail({ customId: null });
    const otherService = await fixture.service('mailgun');
    const result = await store(
      aFailure(mail, 'permanent', { recipient: 'stranger@example.org' }),
      aFailure(mail, 'permanent', { serviceId: otherService }),
      aFailure(mail, 'permanent', { provider: 'mailjet' }),
      aFailure(mail, 'permanent', { deliveryId: 999_999_999 }),
      aFailure(mail, 'permanent', { deliveryId: null, customId: 'user:somebody' }),
    );
    expect(result).toMatchObject({ unprocessable: 5, permanentFailed: 0 });
    expect(await deliveryOf(mail)).toMatchObject({ bounced_at: null });
    expect(await fixture.rows('select from mail.events where delivery_id = $1', [mail.id])).toEqual([]);
    expect(await messagesAbout(`"actionId":${await actionOf(mail)},`)).toEqual([]);
  });

  it('leaves out the one event nobody could store, and counts what means nothing', async () => {
    const mail = await fixture.mail();
    const result = await store(
      anEvent(mail, 'other'),
      anEvent(mail, 'delivered', { at: new Date(Number.NaN) }),
      anEvent(mail, 'delivered', { deliveryId: 1e300, providerMessageId: 'nul\0' }),
      aFailure(mail, 'temporary', { error: { code: 1e12, enhancedCode: '\0', message: 'no\0pe' } }),
      anEvent(mail, 'opened', { at: minute(2) }),
    );
    expect(result).toMatchObject({ unhandled: 1, unprocessable: 2, temporaryFailed: 1, opened: 1 });
    expect(await deliveryOf(mail)).toMatchObject({ opened_at: minute(2) });
    expect(await failureOf(mail)).toMatchObject({ code: 0, enhanced_code: null, message: 'no pe' });
  });

  it('isolates an event that the database refuses', async () => {
    const mails = await fixture.mails(9);
    const before = fixture.warnings.length;
    await fixture.sql.query(`alter table mail.complaints add constraint odd check (delivery_id <> ${mails[4]?.id})`);
    const result = await store(...mails.map((mail) => anEvent(mail, 'complained')));
    await fixture.sql.query('alter table mail.complaints drop constraint odd');
    expect(result).toMatchObject({ complained: 8, unprocessable: 1 });
    expect(fixture.warnings.slice(before)).toEqual([expect.objectContaining({ eventType: 'complained' })]);
    expect(JSON.stringify(fixture.warnings)).not.toContain('@');
    // It waits for a person, as it was.
    const [kept, ...others] = await fixture.rows<{ body: string; error: string; waits: boolean }>(
      `select body, error, applied_at is null and next_attempt_at = 'infinity' as waits
         from mail.webhooks where provider = 'left-out-event'`,
    );
    expect(others).toEqual([]);
    expect(kept).toMatchObject({ error: expect.stringContaining('odd'), waits: true });
    const [read] = readEvents('left-out-event', JSON.parse(kept?.body ?? ''), {
      serviceId: null,
      receivedAt: new Date(),
    });
    if (!read || 'fault' in read) throw new Error('what is kept cannot be read');
    expect(await store(...read.events)).toMatchObject({ complained: 1, unprocessable: 0 });
  });

  it('fails the page when the database is away, and nothing of it is stored', async () => {
    const mail = await fixture.mail();
    const away = await EventFixture.create();
    const awayStorage = await away.storage();
    await away.close();
    await expect(awayStorage.store([anEvent(mail, 'delivered')])).rejects.toThrow(/away/);
  });
});

describe('why a mail failed', () => {
  it('keeps no row without error data', async () => {
    const mail = await fixture.mail();
    await store(aFailure(mail, 'permanent', { error: null, at: minute(3) }));
    expect(await failureOf(mail)).toBeUndefined();
    expect(await deliveryOf(mail)).toMatchObject({ bounced_at: minute(3) });
  });

  it.each([
    [
      { code: 605, enhancedCode: null, message: '' },
      { message: 'Error 605', code: 605, enhanced_code: null },
    ],
    [
      { code: 605, enhancedCode: '5.7.1', message: ' ' },
      { message: 'Error 5.7.1', enhanced_code: '5.7.1' },
    ],
    [
      { code: -4, enhancedCode: '', message: 'odd' },
      { message: 'odd', code: 0, enhanced_code: null },
    ],
    [
      { code: 550, enhancedCode: null, message: 'user <jane@example.org> unknown' },
      { message: 'user <[REDACTED]> unknown' },
    ],
    [
      { code: 550, enhancedCode: 'x'.repeat(90), message: 'y'.repeat(3_000) },
      { enhanced_code: 'x'.repeat(50), message: 'y'.repeat(2_000) },
    ],
  ])('stores %j', async (error, expected) => {
    const mail = await fixture.mail();
    await store(aFailure(mail, 'temporary', { error }));
    expect(await failureOf(mail)).toMatchObject(expected);
  });

  it('keeps the newest temporary failure, without the code of the one before', async () => {
    const mail = await fixture.mail();
    await store(aFailure(mail, 'temporary', { at: minute(5) }));
    await store(
      aFailure(mail, 'temporary', { at: minute(9), error: { code: 421, enhancedCode: null, message: 'busy' } }),
    );
    await store(aFailure(mail, 'temporary', { at: minute(7) }));
    expect(await failureOf(mail)).toMatchObject({
      code: 421,
      enhanced_code: null,
      message: 'busy',
      failed_at: minute(9),
      attempts: 3,
    });
    expect(await deliveryOf(mail)).toMatchObject({ bounced_at: null });
  });

  it('turns a temporary failure into a permanent one, and leaves that as it is', async () => {
    const mail = await fixture.mail();
    await store(aFailure(mail, 'temporary', { at: minute(5) }));
    await store(
      aFailure(mail, 'permanent', { at: minute(6), error: { code: 554, enhancedCode: null, message: 'gone' } }),
    );
    await store(aFailure(mail, 'permanent', { at: minute(8) }), aFailure(mail, 'temporary', { at: minute(9) }));
    expect(await failureOf(mail)).toMatchObject({
      severity: 'permanent',
      code: 554,
      failed_at: minute(6),
      attempts: 4,
      resolved_at: null,
    });
    expect(await deliveryOf(mail)).toMatchObject({ bounced_at: minute(6) });
  });

  it('resolves a temporary failure once the mail is delivered, until it bounces', async () => {
    const mail = await fixture.mail();
    await store(aFailure(mail, 'temporary', { at: minute(5) }));
    await store(anEvent(mail, 'delivered', { at: minute(6) }));
    expect(await failureOf(mail)).toMatchObject({ severity: 'temporary', resolved_at: minute(6) });
    await store(aFailure(mail, 'permanent', { at: minute(7), error: null }));
    expect(await failureOf(mail)).toMatchObject({ severity: 'temporary', resolved_at: null });
  });
});

describe('addresses an account mails no more', () => {
  it.each([
    ['mailgun', { code: 605 }, 'bounce'],
    ['mailgun', { code: 607 }, 'bounce'],
    ['mailgun', { code: 550 }, undefined],
    ['mailjet', { code: 0 }, 'bounce'],
    ['brevo', { code: 0 }, 'bounce'],
    ['ses', { code: 0 }, 'bounce'],
  ] as const)('follows the list of %s for a bounce with %j', async (provider, { code }, reason) => {
    const serviceId = await fixture.service(provider);
    const mail = await fixture.mail({ serviceId });
    await store(aFailure(mail, 'permanent', { provider, error: { code, enhancedCode: null, message: '' } }));
    expect((await suppressionOf(mail.address, serviceId))?.reason).toBe(reason);
  });

  it('follows what a provider had suppressed before, and every complaint; the earliest stays', async () => {
    const [suppressed, complained, temporary] = (await fixture.mails(3)) as [TestMail, TestMail, TestMail];
    await store(
      aFailure(suppressed, 'permanent', { isSuppressed: true, at: minute(4) }),
      anEvent(complained, 'complained', { at: minute(9) }),
      aFailure(temporary, 'temporary', { error: { code: 605, enhancedCode: null, message: '' } }),
      anEvent(suppressed, 'complained', { at: minute(6) }),
    );
    await store(anEvent(complained, 'complained', { at: minute(5) }));
    expect(await suppressionOf(suppressed.address)).toEqual({ reason: 'bounce', created_at: minute(4) });
    expect(await suppressionOf(complained.address)).toEqual({ reason: 'spam', created_at: minute(5) });
    expect(await suppressionOf(temporary.address)).toBeUndefined();
    expect(await fixture.rows('select at from mail.complaints where delivery_id = $1', [complained.id])).toEqual([
      { at: minute(5) },
    ]);
    expect(await failureOf(suppressed)).toMatchObject({ is_suppressed: true });
  });

  it('does not come back for an event that was applied already', async () => {
    const mail = await fixture.mail();
    const event = anEvent(mail, 'complained');
    await store(event);
    await fixture.sql.query('delete from mail.suppressions where address_hash = $1', [hashAddress(mail.address)]);
    expect(await store(event)).toMatchObject({ complained: 1 });
    expect(await suppressionOf(mail.address)).toBeUndefined();
  });
});

describe('what others are told', () => {
  it.each([
    ['a hard bounce', (mail: TestMail) => aFailure(mail, 'permanent'), 'bounce'],
    [
      'a refusal of a suppressed address',
      (mail: TestMail) => aFailure(mail, 'permanent', { isSuppressed: true }),
      'blocked',
    ],
    ['a block', (mail: TestMail) => anEvent(mail, 'blocked'), 'blocked'],
    ['a complaint', (mail: TestMail) => anEvent(mail, 'complained'), 'spam'],
    ['a leaving', (mail: TestMail) => anEvent(mail, 'unsubscribed'), 'unsub'],
    ['a soft bounce', (mail: TestMail) => aFailure(mail, 'temporary'), null],
    ['an open', (mail: TestMail) => anEvent(mail, 'opened'), null],
  ])('commands action-ingest for %s of a supporter, and tells others, once', async (_name, event, expected) => {
    const mail = await fixture.mail();
    const told = event(mail);
    await store(told, told);
    await store(told);
    const actionId = await actionOf(mail);
    const messages = await messagesAbout(`"actionId":${actionId},`);
    expect(messages.map((message) => commandOf(message).event)).toEqual(expected === null ? [] : [expected]);
    for (const message of messages) {
      expect(message).toMatchObject({ exchange: 'ingest', lane: 0, message_id: commandOf(message).id });
      expect(commandOf(message)).toMatchObject({ actionId, at: minute(0).toISOString() });
    }
    const facts = await messagesAbout(`"actionId":${actionId}}`);
    expect(facts.map(({ routing_key: key, body }) => [key, (JSON.parse(body) as { outcome: string }).outcome])).toEqual(
      expected === null ? [] : [['system.fact.mail.supporter', expected]],
    );
  });

  it('says nothing of mails without an action, or whose person is gone', async () => {
    const mails = await fixture.mails(2, (index) =>
      index === 0 ? { actionId: null } : { actionId: 4_242, ref: null },
    );
    await store(...mails.map((mail) => aFailure(mail, 'permanent')));
    expect(await messagesAbout('"actionId":4242,')).toEqual([]);
    for (const mail of mails) expect(await deliveryOf(mail)).toMatchObject({ bounced_at: minute(0) });
  });

  it('tells what became of a mail to a target, and nothing of the supporter', async () => {
    const mail = await fixture.mail({ actionId: 4_343 });
    const events = [
      anEvent(mail, 'delivered'),
      anEvent(mail, 'opened', { isMachine: true }),
      anEvent(mail, 'opened'),
      anEvent(mail, 'clicked'),
      aFailure(mail, 'temporary'),
      aFailure(mail, 'permanent'),
      anEvent(mail, 'complained'),
    ];
    await store(...events.map((event) => ({ ...event, customId: 'mtt:901' })));
    const facts = await messagesAbout('"customId":"mtt:901"');
    expect(
      facts.every(({ exchange, routing_key: key }) => exchange === 'event' && key === 'system.fact.mail.outcome'),
    ).toBe(true);
    const outcomes = facts.map((fact) => outcomeOf(fact).outcome);
    expect(outcomes.toSorted()).toEqual(['bounce', 'clicked', 'delivered', 'opened', 'soft_bounce', 'spam']);
    expect(await messagesAbout('"actionId":4343,')).toEqual([]);
  });
});

describe('what is known of a supporter', () => {
  const seen = (ref: Buffer) =>
    fixture.row<Record<string, unknown>>('select last_seen_at, mails, opened from mail.contact_seen where ref = $1', [
      ref,
    ]);

  it('counts mails that reached them by transition, and remembers the first sign of the last day', async () => {
    const ref = Buffer.alloc(32, 5);
    const [first, second, third] = (await fixture.mails(3, () => ({ ref }))) as [TestMail, TestMail, TestMail];
    const day = 24 * 60;
    await store(anEvent(first, 'delivered'), anEvent(second, 'delivered'), anEvent(third, 'delivered'));
    expect(await seen(ref)).toEqual({ last_seen_at: null, mails: 3, opened: 0 });
    await store(anEvent(first, 'opened', { at: minute(30) }), anEvent(first, 'opened', { at: minute(20) }));
    await store(anEvent(first, 'opened', { at: minute(10) }), anEvent(second, 'clicked', { at: minute(40) }));
    expect(await seen(ref)).toEqual({ last_seen_at: minute(10), mails: 3, opened: 1 });
    await store(anEvent(second, 'opened', { at: minute(day + 9) }), anEvent(second, 'opened', { at: minute(5) }));
    await store(anEvent(second, 'opened', { at: minute(7), isMachine: true }), aFailure(third, 'permanent'));
    expect(await seen(ref)).toEqual({ last_seen_at: minute(day + 9), mails: 2, opened: 2 });
  });
});

describe('what is counted of a mailing', () => {
  it('counts each of its mails once, and takes a delivery back', async () => {
    const mailingId = await fixture.mailing();
    const mails = await fixture.mails(4, () => ({ mailingId, actionId: null }));
    const [a, b, c] = mails as [TestMail, TestMail, TestMail];
    await store(...mails.map((mail) => anEvent(mail, 'delivered')));
    await store(
      ...mails.map((mail) => anEvent(mail, 'delivered', { at: minute(3) })),
      anEvent(a, 'opened'),
      anEvent(a, 'clicked'),
    );
    await store(aFailure(b, 'permanent'), anEvent(c, 'opened'), aFailure(c, 'temporary'));
    await store(aFailure(b, 'permanent'), anEvent(c, 'opened', { isMachine: true }));
    expect(
      await fixture.row(
        'select delivered_count, opened_count, clicked_count, failed_count from mail.mailings where id = $1',
        [mailingId],
      ),
    ).toEqual({ delivered_count: 3, opened_count: 2, clicked_count: 1, failed_count: 1 });
  });
});
