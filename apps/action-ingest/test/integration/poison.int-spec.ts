import { ingestQueue } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { partitionOf } from '../../src/storing/reference';
import { aContact, IngestFixture, newRef, type Place } from './ingest-fixture';

describe('poison', () => {
  let fixture: IngestFixture;
  let place: Place;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    place = await fixture.place();
  });
  afterAll(() => fixture.close());

  const parked = async (messageId: string) => {
    const { rows } = await fixture.sql.query('select queue, reason, body from actions.parked where message_id = $1', [
      messageId,
    ]);
    return rows[0] as { queue: string; reason: string; body: Buffer } | undefined;
  };

  it('parks the one submission in 500 that no database will store, and stores the other 499', async () => {
    const ref = newRef();
    // A character that no text column takes: the gateway refuses it, so this stands for whatever it may have missed.
    const poison = aContact(place, { ref, action: { fields: { comment: 'a\u0000b' } } });
    const innocents = Array.from({ length: 499 }, () => aContact(place, { ref }));
    const messages = [...innocents.slice(0, 250), poison, ...innocents.slice(250)];
    await fixture.vhost.send(ingestQueue(partitionOf(ref)), messages, (index) => ({ messageId: messages[index]?.id }));
    await fixture.start();
    await fixture.stored(...innocents);
    const row = await waitFor(() => parked(poison.id));
    expect(row.queue).toBe(ingestQueue(partitionOf(ref)));
    expect(JSON.parse(row.body.toString())).toMatchObject({ id: poison.id });
    expect(row.reason).not.toContain('harald');
    const { rows } = await fixture.sql.query(
      'select count(*)::int as n from actions.supporters where fingerprint = $1',
      [Buffer.from(ref, 'base64url')],
    );
    expect(rows[0].n).toBe(499);
  });

  it('parks what no contract fits, at once', async () => {
    const queue = ingestQueue(3);
    await fixture.vhost.send(queue, [{ schema: 'groundswell:submission:1', kind: 'contact' }], () => ({
      messageId: 'wrong shape',
    }));
    await fixture.vhost.send(queue, [Buffer.from('{not json')], () => ({ messageId: 'no json' }));
    expect(await waitFor(() => parked('wrong shape'))).toMatchObject({ queue });
    expect(await waitFor(() => parked('no json'))).toMatchObject({ queue });
  });
});
