import { determineSender, type SenderFacts } from './sender';

const srs = { key: 'testkey' };
const at = new Date('2025-01-15T09:00:00Z');
const jane = { email: 'jane@example.org', name: 'Jane Doe' };
const janeRewritten = { email: 'SRS0=A4FD=UH=example.org=jane@mailer.net', name: 'Jane Doe' };

interface Change {
  from?: SenderFacts['from'];
  org?: Partial<SenderFacts['org']>;
  sendingFrom?: string | null;
  via?: Partial<SenderFacts['via']>;
}
const facts = ({ from = null, org, sendingFrom = null, via }: Change): SenderFacts => ({
  from,
  org: {
    name: 'greenorg',
    title: 'Green Org',
    emailFrom: 'hi@green.org',
    replyEnabled: true,
    senderRewrite: true,
    ...org,
  },
  service: { sendingFrom },
  via: { isOrg: true, emailFrom: 'hi@green.org', ...via },
});
const sender = (change: Change) => determineSender(facts(change), srs, at);
const sent = (email: string, name: string, replyTo: string | null = null) => ({
  ok: true,
  from: { email, name },
  replyTo,
});
const lent = { isOrg: false, emailFrom: 'post@lender.org' };

describe('sender', () => {
  it.each<[string, Change, ReturnType<typeof sender>]>([
    ['1: own service', {}, sent('hi@green.org', 'Green Org') as never],
    ['1: another domain verified', { sendingFrom: 'x@mailer.net' }, sent('hi@green.org', 'Green Org') as never],
    ['1: no address', { org: { emailFrom: null } }, { ok: false, reason: 'no sender address' }],
    ['2: borrowed service', { via: lent }, sent('hi@green.org', 'Green Org') as never],
    ['2: without own address', { via: lent, org: { emailFrom: null } }, sent('post@lender.org', 'Green Org') as never],
    [
      '2: no address at all',
      { via: { isOrg: false, emailFrom: null }, org: { emailFrom: '' } },
      { ok: false, reason: 'no sender address' },
    ],
    ['2: own domain verified', { via: lent, sendingFrom: 'x@GREEN.org' }, sent('hi@green.org', 'Green Org') as never],
    [
      '2: own domain not verified',
      { via: lent, sendingFrom: 'x@mailer.net', org: { senderRewrite: false } },
      sent('greenorg@mailer.net', 'Green Org', 'hi@green.org') as never,
    ],
    [
      '3: from is the sending address',
      { from: jane, sendingFrom: 'Jane@Example.org' },
      { ok: true, from: jane, replyTo: null },
    ],
    [
      '3: from is the address of the lender',
      { from: jane, via: { emailFrom: jane.email } },
      { ok: true, from: jane, replyTo: null },
    ],
    ['4: no sending address', { from: jane, via: { emailFrom: null } }, { ok: false, reason: 'no sender address' }],
    [
      '4: falls back to the lender',
      { from: jane, via: { isOrg: false, emailFrom: 'x@mailer.net' } },
      { ok: true, from: janeRewritten, replyTo: jane.email },
    ],
  ])('%s', (_case, change, expected) => {
    expect(sender(change)).toEqual(expected);
  });

  it.each([
    [true, true, janeRewritten.email, jane.email],
    [true, false, janeRewritten.email, null],
    [false, true, 'greenorg@mailer.net', jane.email],
    [false, false, 'greenorg@mailer.net', null],
  ])('4: rewrite %s, reply %s', (senderRewrite, replyEnabled, email, replyTo) => {
    expect(sender({ from: jane, sendingFrom: 'x@mailer.net', org: { senderRewrite, replyEnabled } })).toEqual(
      sent(email, 'Jane Doe', replyTo),
    );
  });

  it.each([
    [true, 'hi@green.org'],
    [false, null],
  ])('2: rewritten with SRS, reply %s', (replyEnabled, replyTo) => {
    const result = sender({ via: lent, sendingFrom: 'x@mailer.net', org: { replyEnabled } });
    expect(result).toMatchObject({
      from: { email: expect.stringMatching(/^SRS0=[0-9A-F]{4}=UH=green\.org=hi@mailer\.net$/) },
      replyTo,
    });
  });

  it('4: uses the other form where SRS gets too long', () => {
    const from = { email: `${'j'.repeat(64)}@example.org`, name: 'Jane' };
    expect(sender({ from, sendingFrom: 'x@mailer.net' })).toEqual(sent('greenorg@mailer.net', 'Jane', from.email));
  });

  it.each([
    ['jane'],
    ['jane@x@y.org'],
    ['@example.org'],
    ['jane@'],
    [''],
    ['jane\r\nBcc: x@y.org'],
    ['Jane <jane@y.org>'],
  ])('fails the mail from %j', (email) => {
    const failed = { ok: false, reason: 'bad sender address' };
    expect(sender({ from: { email, name: null }, sendingFrom: 'x@mailer.net' })).toEqual(failed);
    expect(sender({ from: jane, sendingFrom: email || 'x' })).toEqual(failed);
    expect(sender({ org: { emailFrom: email || 'x' } })).toEqual(failed);
    expect(sender({ via: lent, sendingFrom: email || 'x' })).toEqual(failed);
  });
});
