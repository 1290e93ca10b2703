import { newTrace, runWithTrace } from '@groundswell/observability';
import { RabbitProxy, waitFor } from '@groundswell/testing';
import { Database } from '../src/database';
import type { PublishableMessage, RelaySettings } from '../src/outbox/outbox-relay';
import { OutboxRepository, type OutboxMessage } from '../src/outbox/outbox.repository';
import { withTrace } from '../src/outbox/with-trace';
import { recordingLogger, useDatabase } from './use-database';
import { aRelay } from './use-relay';

const db = useDatabase();
const outbox = new OutboxRepository('actions');
/** Longer than any test: what happens happened for another reason. */
const never = 60_000;

const laneOf = ({ headers }: PublishableMessage): unknown => headers['lane'];
const aMessage = (messageId: string, lane = 7, change: Partial<OutboxMessage> = {}): OutboxMessage => ({
  messageId,
  lane,
  exchange: 'deliver',
  routingKey: 'greenorg.system.action',
  type: 'proca:action:2',
  headers: { lane },
  body: `{"id":"${messageId}"}`,
  ...change,
});
const some = (count: number, lane = 7, name = 'm') =>
  Array.from({ length: count }, (_, n) => aMessage(`${lane}:${name}${n}`, lane));

describe('the outbox relay', () => {
  let database: Database;
  let toStop: { stop(): Promise<void> }[];

  beforeAll(async () => {
    database = await db.process();
  });
  beforeEach(async () => {
    toStop = [];
    await db.rows('truncate actions.outbox, actions.outbox_sent restart identity');
  });
  afterEach(async () => {
    for (const relay of toStop) await relay.stop();
  });

  const started = (settings: Partial<RelaySettings> = {}, on = database) => {
    const made = aRelay(on, outbox, settings);
    toStop.push(made.relay);
    made.relay.start();
    return made;
  };
  const insert = (messages: OutboxMessage[], claimed = false) =>
    database.transaction((manager) => outbox.insert(manager, messages, claimed));
  const waiting = () =>
    db.rows<{ message_id: string; attempts: number; last_error: string | null; claimed: boolean }>(
      `select message_id, attempts, last_error, coalesce(claimed_until > now(), false) as claimed
         from actions.outbox order by id`,
    );
  const done = async (outcome = 'sent') =>
    (
      await db.rows<{ message_id: string }>(
        'select message_id from actions.outbox_sent where outcome = $1 order by message_id',
        [outcome],
      )
    ).map((row) => row.message_id);
  const isEmpty = async () => (await waiting()).length === 0;
  const runOutClaims = () => db.rows(`update actions.outbox set claimed_until = now() - interval '1 second'`);

  it('publishes rows from memory right after their commit, without looking at the table', async () => {
    const { relay, publisher } = started({ pollMs: never });
    relay.offer(await insert([aMessage('a'), aMessage('b', 8)], true));
    await waitFor(isEmpty);
    expect(publisher.messageIds.sort()).toEqual(['a', 'b']);
    expect(await done()).toEqual(['a', 'b']);
  });

  it('hands a message on as it was written', async () => {
    const { publisher } = started();
    await insert([aMessage('a', 7, { headers: { org_id: 7, no_mail: true } }), aMessage('b', 7, { type: null })]);
    await waitFor(isEmpty);
    expect(publisher.published).toEqual([
      {
        exchange: 'deliver',
        routingKey: 'greenorg.system.action',
        body: '{"id":"a"}',
        messageId: 'a',
        type: 'proca:action:2',
        headers: { org_id: 7, no_mail: true },
        timestamp: expect.any(Date),
        mandatory: true,
        trace: null,
      },
      expect.objectContaining({ messageId: 'b', type: undefined }),
    ]);
  });

  it('publishes a row in the trace it was written with, and never in that of whoever woke the relay', async () => {
    const { relay, publisher } = started({ pollMs: never });
    const [own, unrecorded, waking] = [newTrace(), newTrace(false), newTrace()];
    await insert([withTrace(aMessage('a'), own), withTrace(aMessage('b'), unrecorded), aMessage('c')]);
    runWithTrace(waking, () => relay.wake());
    await waitFor(isEmpty);
    expect(publisher.published.map(({ messageId, trace }) => [messageId, trace])).toEqual([
      ['a', own],
      ['b', null],
      ['c', null],
    ]);
    expect(publisher.publishedIn).toEqual([undefined]);
  });

  it('publishes what a process that died had claimed, once the claim ran out', async () => {
    await insert([aMessage('of the dead')], true);
    await insert([aMessage('free')]);
    const { publisher } = started();
    await waitFor(async () => (await done()).length === 1);
    expect(publisher.messageIds).toEqual(['free']);
    await runOutClaims();
    await waitFor(isEmpty);
    expect(publisher.messageIds).toEqual(['free', 'of the dead']);
  });

  it('publishes a long backlog in batches, in the order it was written', async () => {
    await insert(some(95));
    const { publisher } = started({ batchSize: 10 });
    await waitFor(isEmpty);
    expect(publisher.messageIds).toEqual(some(95).map(({ messageId }) => messageId));
  });

  it('has only so many rows of the table on their way to a lane at once', async () => {
    const { publisher } = started({ unconfirmedPerLane: 3 });
    publisher.hold();
    await insert(Array.from({ length: 8 }, (_, n) => aMessage(`m${n}`)));
    await waitFor(() => publisher.messageIds.length > 0);
    expect(publisher.messageIds).toEqual(['m0', 'm1', 'm2']);
    publisher.release();
    await waitFor(isEmpty);
    expect(publisher.messageIds).toEqual(Array.from({ length: 8 }, (_, n) => `m${n}`));
  });

  it('does not try the rest of a batch with a broker that did not answer, and gives all of it back', async () => {
    const { publisher } = started({ unconfirmedPerLane: 2, firstBackoffMs: 60_000, longestBackoffMs: 60_000 });
    publisher.answer = ({ messageId }) =>
      messageId === 'm2' ? { status: 'unavailable', reason: 'timeout' } : { status: 'confirmed' };
    await insert(Array.from({ length: 6 }, (_, n) => aMessage(`m${n}`)));
    await waitFor(async () => (await waiting()).filter(({ last_error }) => last_error === 'timeout').length === 3);
    expect(publisher.messageIds).toEqual(['m0', 'm1', 'm2', 'm3']);
    expect(await done()).toEqual(['m0', 'm1', 'm3']);
    expect((await waiting()).map(({ message_id, claimed }) => [message_id, claimed])).toEqual([
      ['m2', false],
      ['m4', false],
      ['m5', false],
    ]);
  });

  it('publishes each row once where two processes share a table', async () => {
    await insert([...some(200), ...some(200, 8)]);
    const [one, other] = [started(), started({}, await db.process())];
    await waitFor(isEmpty);
    const ids = [...one.publisher.messageIds, ...other.publisher.messageIds];
    expect(ids).toHaveLength(400);
    expect(new Set(ids).size).toBe(400);
  });

  it("holds back one org's lane for a missing queue while another flows", async () => {
    const { publisher, logger } = started();
    let isQueueThere = false;
    publisher.answer = (message) =>
      laneOf(message) === 7 && !isQueueThere ? { status: 'returned' } : { status: 'confirmed' };
    await insert([...some(3, 7), ...some(50, 8)]);
    await waitFor(async () => (await done()).length === 50);
    await waitFor(() => logger.lines.filter(({ text }) => text === 'outbox lane backs off').length >= 2);
    const rows = await waiting();
    expect(rows.map(({ message_id }) => message_id)).toEqual(['7:m0', '7:m1', '7:m2']);
    expect(rows[0]).toMatchObject({ last_error: 'no queue took it' });
    expect(logger.lines.every(({ lane }) => lane === 7)).toBe(true);
    await insert(some(50, 8, 'later'));
    await waitFor(async () => (await done()).length === 100);
    isQueueThere = true;
    await waitFor(isEmpty);
  });

  it.each<[string, { status: 'unavailable'; reason: string } | { status: 'returned' }, string]>([
    ['the broker refused', { status: 'unavailable', reason: 'nacked' }, 'nacked'],
    ['no queue took', { status: 'returned' }, 'no queue took it'],
  ])('brings back what %s, and only that', async (_what, answer, reason) => {
    const { relay, publisher } = started({ firstBackoffMs: never, longestBackoffMs: never });
    publisher.answer = ({ messageId }) => (messageId === '7:m2' ? answer : { status: 'confirmed' });
    relay.offer(await insert(some(5), true));
    await waitFor(async () => (await waiting()).some(({ attempts }) => attempts === 1));
    expect(await waiting()).toEqual([{ message_id: '7:m2', attempts: 1, last_error: reason, claimed: false }]);
    publisher.answer = () => ({ status: 'confirmed' });
    relay.wake();
    await waitFor(isEmpty);
    expect(publisher.messageIds.filter((id) => id === '7:m2')).toHaveLength(2);
  });

  it('waits longer after each failure, up to its limit, and starts anew after a success', async () => {
    const { publisher, logger } = started({ firstBackoffMs: 4, longestBackoffMs: 16, pollMs: 2 });
    const pauses = () => logger.lines.map(({ retryInMs }) => retryInMs as number);
    publisher.answer = () => ({ status: 'returned' });
    await insert([aMessage('a')]);
    await waitFor(() => pauses().length >= 6);
    [4, 8, 16, 16, 16, 16].forEach((longest, index) => {
      expect(pauses()[index]).toBeLessThanOrEqual(longest);
      expect(pauses()[index]).toBeGreaterThanOrEqual(Math.floor(longest / 2) - 1);
    });
    publisher.answer = () => ({ status: 'confirmed' });
    await waitFor(isEmpty);
    logger.lines.length = 0;
    publisher.answer = () => ({ status: 'returned' });
    await insert([aMessage('b')]);
    await waitFor(() => pauses().length >= 1);
    expect(pauses()[0]).toBeLessThanOrEqual(4);
  });

  it('leaves the rows of a closed lane alone until the lane opens', async () => {
    const { relay, publisher, gate } = started({ pollMs: never });
    gate.closed.add(7);
    await insert([aMessage('in the table')]);
    relay.offer(await insert([aMessage('in memory')], true));
    relay.offer(await insert([aMessage('of another org', 8)], true));
    await waitFor(async () => (await done()).length === 1);
    await waitFor(async () => (await waiting()).every(({ claimed }) => !claimed));
    expect(publisher.messageIds).toEqual(['of another org']);
    gate.closed.delete(7);
    relay.wake();
    await waitFor(isEmpty);
    expect(publisher.messageIds).toEqual(['of another org', 'in the table', 'in memory']);
  });

  it('tries a lane that backs off at once when it is woken', async () => {
    const { relay, publisher } = started({ firstBackoffMs: never, longestBackoffMs: never });
    publisher.answer = () => ({ status: 'returned' });
    await insert([aMessage('a')]);
    await waitFor(async () => (await waiting())[0]?.attempts === 1);
    publisher.answer = () => ({ status: 'confirmed' });
    relay.wake();
    await waitFor(isEmpty);
  });

  it('tries a lane at once when its queues were repaired, however often it had failed', async () => {
    const { publisher, gate } = started({ firstBackoffMs: never, longestBackoffMs: never, pollMs: 5 });
    publisher.answer = () => ({ status: 'returned' });
    await insert([aMessage('a')]);
    await waitFor(async () => (await waiting())[0]?.attempts === 1);
    gate.closed.add(7);
    await waitFor(() => gate.asked > 0);
    publisher.answer = () => ({ status: 'confirmed' });
    gate.closed.delete(7);
    await waitFor(isEmpty);
  });

  it('counts batches that fail together once', async () => {
    const { relay, publisher, logger } = started({ firstBackoffMs: never, longestBackoffMs: never });
    publisher.hold();
    publisher.answer = () => ({ status: 'returned' });
    for (const id of ['a', 'b', 'c']) relay.offer(await insert([aMessage(id)], true));
    await waitFor(() => publisher.published.length === 3);
    publisher.release();
    await waitFor(async () => (await waiting()).every(({ attempts }) => attempts === 1));
    expect(logger.lines.filter(({ text }) => text === 'outbox lane backs off')).toHaveLength(1);
  });

  it('publishes nothing of what nobody is meant to read, and counts it as done', async () => {
    const { relay, publisher, gate, counts } = started();
    gate.readers = ({ messageId }) => (messageId.startsWith('for nobody') ? 'unrouted' : 'expected');
    await insert([aMessage('for nobody 1'), aMessage('for somebody')]);
    relay.offer(await insert([aMessage('for nobody 2')], true));
    await waitFor(isEmpty);
    expect(publisher.messageIds).toEqual(['for somebody']);
    expect(await done('unrouted')).toEqual(['for nobody 1', 'for nobody 2']);
    await waitFor(() => counts['sent'] === 1 && counts['unrouted'] === 2);
    await waitFor(() => relay.figures.draining === 0);
    expect(relay.figures).toEqual({ memoryRows: 0, memoryBytes: 0, draining: 0, backingOff: 0, isPaused: false });
  });

  it('asks for a return only where some queue must take it', async () => {
    const { publisher, gate } = started();
    gate.readers = ({ messageId }) => (messageId === 'fact' ? 'optional' : 'expected');
    await insert([aMessage('fact', 0), aMessage('delivery')]);
    await waitFor(isEmpty);
    const mandatory = Object.fromEntries(publisher.published.map((message) => [message.messageId, message.mandatory]));
    expect(mandatory).toEqual({ fact: false, delivery: true });
  });

  it('has room for as many rows as its limit, and again once they are out', async () => {
    const { relay, publisher } = started({ memoryLimit: 3, pollMs: never });
    publisher.hold();
    expect(relay.hasRoom(some(3))).toBe(true);
    expect(relay.hasRoom(some(4))).toBe(false);
    relay.offer(await insert([aMessage('a'), aMessage('b', 8)], true));
    expect(relay.hasRoom(some(1))).toBe(true);
    expect(relay.hasRoom(some(2))).toBe(false);
    publisher.release();
    await waitFor(() => relay.hasRoom(some(3)));
    expect(await done()).toEqual(['a', 'b']);
  });

  it('has room for as many bytes of bodies as its limit', async () => {
    const { relay, publisher } = started({ memoryBytes: 100, pollMs: never });
    const large = aMessage('large', 7, { body: JSON.stringify('x'.repeat(70)) });
    publisher.hold();
    expect(relay.hasRoom([large])).toBe(true);
    expect(relay.hasRoom([large, large])).toBe(false);
    relay.offer(await insert([large], true));
    expect(relay.hasRoom([large])).toBe(false);
    expect(relay.hasRoom([aMessage('small')])).toBe(true);
    publisher.release();
    await waitFor(() => relay.hasRoom([large]));
  });

  it('gives every lane its turn while one has a long backlog', async () => {
    await insert([...some(400, 1), ...some(5, 2), ...some(5, 3), ...some(5, 4)]);
    const { publisher } = started({ batchSize: 10, lanesAtOnce: 1, roundsPerTurn: 2 });
    await waitFor(isEmpty);
    const lanes = publisher.published.map(laneOf);
    expect(lanes).toHaveLength(415);
    expect(lanes.slice(0, 35).filter((lane) => lane !== 1)).toHaveLength(15);
  });

  it.each(['no_channel', 'blocked', 'suspect', 'too_many_unconfirmed', 'closed'])(
    'holds no lane to blame for a broker that takes nothing: %s',
    async (reason) => {
      const { publisher, logger } = started({ firstBackoffMs: 5, longestBackoffMs: never });
      let isBrokerBack = false;
      publisher.answer = () => (isBrokerBack ? { status: 'confirmed' } : { status: 'unavailable', reason });
      await insert([aMessage('a'), aMessage('b', 8)]);
      await waitFor(async () => (await waiting()).some(({ attempts }) => attempts >= 3));
      isBrokerBack = true;
      await waitFor(isEmpty);
      expect(logger.lines.filter(({ text }) => text === 'outbox lane backs off')).toEqual([]);
    },
  );

  it('goes on at once when the broker takes messages again, but for lanes with troubles of their own', async () => {
    const { relay, publisher } = started({ firstBackoffMs: never, longestBackoffMs: never });
    publisher.answer = (message) =>
      laneOf(message) === 7 ? { status: 'returned' } : { status: 'unavailable', reason: 'no_channel' };
    await insert([aMessage('of a lane without a queue'), aMessage('of another', 8)]);
    await waitFor(async () => (await waiting()).every(({ attempts }) => attempts === 1));
    publisher.answer = () => ({ status: 'confirmed' });
    relay.resume();
    await waitFor(async () => (await done()).length === 1);
    expect(publisher.messageIds.filter((id) => id === 'of another')).toHaveLength(2);
    expect(publisher.messageIds.filter((id) => id === 'of a lane without a queue')).toHaveLength(1);
  });

  it('does not wait for a broker that takes messages again before it was told of those that failed', async () => {
    const { relay, publisher } = started({ pollMs: never, firstBackoffMs: never, longestBackoffMs: never });
    publisher.answer = () => ({ status: 'unavailable', reason: 'no_channel' });
    publisher.hold();
    relay.offer(await insert([aMessage('under way')], true));
    await waitFor(() => publisher.messageIds.length === 1);
    relay.resume();
    publisher.release();
    publisher.answer = (message) =>
      publisher.messageIds.filter((id) => id === message.messageId).length === 1
        ? { status: 'unavailable', reason: 'no_channel' }
        : { status: 'confirmed' };
    await waitFor(async () => (await done()).length === 1);
    expect(publisher.messageIds).toEqual(['under way', 'under way']);
  });

  it('sends what it was offered during a pause as soon as the pause is over', async () => {
    const { relay, publisher } = started({ pollMs: never, firstBackoffMs: never, longestBackoffMs: never });
    publisher.answer = () => ({ status: 'unavailable', reason: 'no_channel' });
    relay.offer(await insert([aMessage('first')], true));
    await waitFor(async () => (await waiting()).some(({ claimed }) => !claimed));
    const offered = await insert([aMessage('second')], true);
    publisher.answer = () => ({ status: 'confirmed' });
    relay.offer(offered);
    relay.resume();
    await waitFor(async () => (await done()).length === 2);
  });

  it('settles what an org had erased since it was accepted, and publishes it to nobody', async () => {
    const { publisher } = started();
    const ref = Buffer.alloc(32, 5);
    const acceptedAt = new Date('2026-11-20T10:00:00Z');
    const subject = { ref, acceptedAt };
    await db.rows('insert into catalog.erasures (org_id, ref, erased_at) values (7, $1, $2)', [
      ref,
      new Date('2026-11-20T10:00:01Z'),
    ]);
    await insert([
      aMessage('erased', 7, { subject }),
      aMessage('of another org', 8, { subject }),
      aMessage('accepted later', 7, { subject: { ref, acceptedAt: new Date('2026-11-20T10:00:02Z') } }),
      aMessage('of another person', 7, { subject: { ref: Buffer.alloc(32, 6), acceptedAt } }),
      aMessage('of nobody'),
    ]);
    await waitFor(isEmpty);
    expect(publisher.messageIds.sort()).toEqual(['accepted later', 'of another org', 'of another person', 'of nobody']);
    expect(await done('erased')).toEqual(['erased']);
  });

  it('has no room before it starts and after it stops', async () => {
    const { relay } = aRelay(database, outbox);
    expect(relay.hasRoom(some(1))).toBe(false);
    relay.start();
    expect(relay.hasRoom(some(1))).toBe(true);
    await relay.stop();
    expect(relay.hasRoom(some(1))).toBe(false);
  });

  it('finishes what is being published before it stops, and takes nothing more', async () => {
    const { relay, publisher } = started({ batchSize: 2 });
    publisher.hold();
    relay.offer(await insert([aMessage('from memory', 8)], true));
    await insert(some(5));
    await waitFor(() => publisher.published.length === 3);
    let isStopped = false;
    const stopping = relay.stop().then(() => (isStopped = true));
    expect(await done()).toEqual([]);
    expect(isStopped).toBe(false);
    publisher.release();
    await stopping;
    expect(await done()).toEqual(['7:m0', '7:m1', 'from memory']);
    expect((await waiting()).every(({ claimed }) => !claimed)).toBe(true);
    expect(publisher.published).toHaveLength(3);
  });

  it('lives on when publishing throws, and publishes those rows once their claim ran out', async () => {
    const { relay, publisher, logger } = started();
    publisher.failure = new Error('bug');
    relay.offer(await insert([aMessage('a')], true));
    await waitFor(() => logger.lines.some(({ reason }) => reason === 'bug'));
    publisher.failure = null;
    await runOutClaims();
    await waitFor(isEmpty);
    expect(await done()).toEqual(['a']);
  });

  describe('while the database goes away', () => {
    let proxy: RabbitProxy;
    let behindProxy: Database;

    beforeEach(async () => {
      proxy = await RabbitProxy.start(db.urls.ingest);
      behindProxy = new Database({ url: proxy.amqpUrl, applicationName: 'relay', poolSize: 3 }, recordingLogger());
      await behindProxy.connect(30_000);
    });
    afterEach(async () => {
      for (const relay of toStop.splice(0)) await relay.stop();
      await behindProxy.close();
      await proxy.close();
    });

    it('keeps looking, and publishes what waited when it is back', async () => {
      const { publisher, logger } = started({}, behindProxy);
      proxy.refuse();
      await waitFor(() => logger.lines.filter(({ text }) => text === 'outbox relay paused').length >= 2);
      await insert([aMessage('a')]);
      proxy.accept();
      await waitFor(isEmpty);
      expect(publisher.messageIds).toEqual(['a']);
    });

    it('publishes again, under the same id, what it could not note as sent', async () => {
      const { relay, publisher, logger } = started({}, behindProxy);
      publisher.hold();
      relay.offer(await insert([aMessage('a')], true));
      await waitFor(() => publisher.published.length === 1);
      proxy.refuse();
      publisher.release();
      await waitFor(() => logger.lines.some(({ text }) => text === 'outbox relay paused'));
      expect(await waiting()).toMatchObject([{ message_id: 'a', claimed: true }]);
      await runOutClaims();
      proxy.accept();
      await waitFor(isEmpty);
      expect(publisher.messageIds).toEqual(['a', 'a']);
      expect(relay.hasRoom(some(20))).toBe(true);
    });
  });
});
