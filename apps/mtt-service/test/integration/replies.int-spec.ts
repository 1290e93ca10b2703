import { randomUUID } from 'node:crypto';
import { exchanges, factQueue, mttReplyKey, type MttReplyV1 } from '@groundswell/contracts';
import { TestVhost, waitFor } from '@groundswell/testing';
import { startApp } from './mtt-app';
import { MttFixture, refOf } from './mtt-fixture';

const queue = factQueue('mtt-service');

const quoted =
  '\r\n\r\nOn Mon, 6 Jan 2025 at 10:00, Harald Bower <h@example.org> wrote:\r\n> Dear Anna,\r\n> please vote.\r\n';
const multipart = [
  'From: Anna <anna@parliament.test>',
  'To: r-00@answers.greens.org',
  'Subject: =?UTF-8?Q?Re=3A_B=C3=A4ume?=',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=outer',
  '',
  '--outer',
  'Content-Type: multipart/alternative; boundary=inner',
  '',
  '--inner',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.from(`Dear Harald,\r\nyes, für die Bäume.${quoted}`).toString('base64'),
  '--inner',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<script>alert(1)</script><p>other</p>',
  '--inner--',
  '--outer',
  'Content-Type: application/pdf; name=a.pdf',
  'Content-Transfer-Encoding: base64',
  '',
  // Cut off in the middle of an attachment, as the gateway hands it on.
  'AAAA'.repeat(1_000),
].join('\r\n');

const undelivered = [
  'Subject: Undelivered Mail Returned to Sender',
  'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
  '',
  '--b',
  '',
  'I could not deliver it.',
  '--b--',
].join('\r\n');

describe('answers of targets', () => {
  let mtt: MttFixture;
  let vhost: TestVhost;
  let app: Awaited<ReturnType<typeof startApp>>;
  let campaignId: number;
  let targetId: string;

  beforeAll(async () => {
    [mtt, vhost] = await Promise.all([MttFixture.create(), TestVhost.create()]);
    for (const name of [exchanges.event, exchanges.deliver]) await vhost.declareExchange(name);
    await vhost.declareQueue(queue, { exchange: exchanges.event, key: mttReplyKey });
    campaignId = await mtt.aCampaign();
    targetId = await mtt.aTarget(campaignId);
    app = await startApp(vhost, mtt.databaseOfTest.urls.mtt, { REPLY_FORGET_INTERVAL: '100', REPLY_KEEP_DAYS: '30' });
  });
  afterAll(async () => {
    await app?.close();
    await vhost.delete();
    await mtt.close();
  });

  const aMessage = async (person: string, given: { testing?: boolean } = {}): Promise<number> => {
    const actionId = await mtt.aToldAction(campaignId, { person, targets: [targetId], ...given });
    const { rows } = await mtt.sql.query('select id::int from actions.messages where action_id = $1', [actionId]);
    return (rows[0] as { id: number }).id;
  };
  const parsed = (text: string, isHtml = false): MttReplyV1['mail'] => ({
    form: 'parsed',
    subject: 'Re: Bees',
    text,
    isHtml,
  });
  const mime = (text: string): MttReplyV1['mail'] => ({ form: 'mime', content: Buffer.from(text).toString('base64') });
  const aReply = (messageId: number, mail: MttReplyV1['mail'], receivedAt = new Date()): MttReplyV1 => ({
    schema: 'groundswell:mtt-reply:1',
    id: randomUUID(),
    messageId,
    receivedAt: receivedAt.toISOString(),
    mail,
  });
  /** Until all are taken in: an answer that comes last was stored. */
  const send = async (...replies: MttReplyV1[]): Promise<void> => {
    const last = aReply(await aMessage(randomUUID()), parsed('last'));
    await vhost.send(queue, [...replies, last], (index) => ({ messageId: String(index) }));
    await waitFor(async () => (await repliesOf(last.messageId)).length === 1);
  };
  const repliesOf = async (messageId: number) => {
    const { rows } = await mtt.sql.query<{ subject: string; body: string; is_cut: boolean; org_id: string }>(
      'select subject, body, is_cut, org_id from mtt.replies where message_id = $1 order by created_at, body',
      [messageId],
    );
    return rows;
  };

  it('are kept on their message for the lead, as text without what they quote, once', async () => {
    const messageId = await aMessage('harald');
    const [mail, form] = [aReply(messageId, mime(multipart)), aReply(messageId, parsed(`Second thoughts.${quoted}`))];
    await send(mail, form, mail);
    const { rows } = await mtt.sql.query('select org_id from catalog.campaigns where id = $1', [campaignId]);
    const { org_id } = rows[0] as { org_id: string };
    expect(await repliesOf(messageId)).toEqual([
      { subject: 'Re: Bäume', body: 'Dear Harald,\nyes, für die Bäume.', is_cut: false, org_id },
      { subject: 'Re: Bees', body: 'Second thoughts.', is_cut: false, org_id },
    ]);
  });

  it('are sanitised where there is HTML alone, and of limited length', async () => {
    const messageId = await aMessage('klara');
    const html =
      'Subject: x\r\nContent-Type: text/html\r\n\r\n<p>I <b>will</b>.</p><script>alert(1)</script><blockquote>q</blockquote>';
    await send(
      aReply(messageId, mime(html)),
      aReply(messageId, parsed('y'.repeat(60_000))),
      aReply(messageId, parsed('<p>z</p><blockquote>q</blockquote>', true)),
    );
    const kept = await repliesOf(messageId);
    expect(kept.map(({ body, is_cut }) => [body.slice(0, 8), body.length, is_cut])).toEqual([
      ['I will.', 7, false],
      ['yyyyyyyy', 10_000, true],
      ['z', 1, false],
    ]);
  });

  it('of no message, of a trial, without a word, or of too many are dropped; nothing is parked for it', async () => {
    const [messageId, trial] = [await aMessage('lena'), await aMessage('tester', { testing: true })];
    await send(
      aReply(999_999, parsed('x')),
      aReply(trial, parsed('x')),
      aReply(messageId, parsed(quoted)),
      aReply(messageId, mime('')),
      aReply(messageId, mime('Subject: Away\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.')),
      aReply(messageId, mime(undelivered)),
      ...Array.from({ length: 25 }, (_, at) => aReply(messageId, parsed(`answer ${at}`))),
    );
    expect(await repliesOf(trial)).toEqual([]);
    expect(await repliesOf(messageId)).toHaveLength(20);
    const { rows } = await mtt.sql.query('select reason from mtt.parked');
    expect(rows).toEqual([]);
  });

  it('go with their time, and with the erasure of whose message they answer', async () => {
    const [old, erased, kept] = [await aMessage('otto'), await aMessage('erna'), await aMessage('kurt')];
    const days = 24 * 3_600_000;
    await send(
      aReply(old, parsed('x'), new Date(Date.now() - 31 * days)),
      aReply(erased, parsed('x')),
      aReply(kept, parsed('x'), new Date(Date.now() - 29 * days)),
    );
    await mtt.sql.query(
      `insert into catalog.erasures (org_id, ref) select org_id, $2 from catalog.campaigns where id = $1`,
      [campaignId, refOf('erna')],
    );
    await waitFor(async () => (await repliesOf(old)).length + (await repliesOf(erased)).length === 0);
    await send(aReply(erased, parsed('later')));
    expect(await repliesOf(erased)).toEqual([]);
    expect(await repliesOf(kept)).toHaveLength(1);
  });
});
