import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ingestQueue, partitionCount, type ContactSubmissionV1 } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { PartitionShare } from '../../src/partitions/partition-share';
import { partitionOf } from '../../src/storing/reference';
import { aContact, IngestFixture, newRef, type Place } from './ingest-fixture';

const everyPartition = Array.from({ length: partitionCount }, (_, partition) => partition);
const partitionsOf = (app: NestFastifyApplication): readonly number[] => app.get(PartitionShare).partitions;
const sorted = (partitions: readonly number[]) => [...partitions].sort((a, b) => a - b);

describe('partitions', () => {
  let fixture: IngestFixture;
  let place: Place;
  let first: NestFastifyApplication;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    place = await fixture.place();
    // Its second heartbeat fails until a test lets it through.
    await fixture.sql.query(
      `create function public.refuse() returns trigger language plpgsql as $$ begin raise 'no second heartbeat'; end $$;
       create trigger refuse before update on actions.replicas for each row execute function public.refuse()`,
    );
    first = await fixture.start({ REPLICA_ID: 'first' });
  });
  afterAll(() => fixture.close());

  /** One signature for each partition. */
  const onePerPartition = (): ContactSubmissionV1[] =>
    everyPartition.map((partition) => {
      for (;;) {
        const ref = newRef();
        if (partitionOf(ref) === partition) return aContact(place, { ref });
      }
    });
  const consumersOf = async () =>
    Promise.all(everyPartition.map(async (partition) => (await fixture.vhost.look(ingestQueue(partition)))?.consumers));
  const holds = async (...shares: number[]) => {
    const replicas = fixture.apps.slice(0, shares.length);
    await waitFor(() => replicas.every((app, index) => partitionsOf(app).length === shares[index]));
    await waitFor(async () => (await consumersOf()).every((consumers) => consumers === 1));
  };
  const expectStoredOnce = async (contacts: ContactSubmissionV1[]) => {
    const { rows } = await fixture.sql.query(
      'select count(*)::int as n, count(distinct fingerprint)::int as people from actions.supporters where fingerprint = any($1)',
      [contacts.map(({ ref }) => Buffer.from(ref, 'base64url'))],
    );
    expect(rows[0]).toEqual({ n: contacts.length, people: contacts.length });
  };

  it('are all consumed by a replica that is alone, without waiting for its second heartbeat', async () => {
    await holds(16);
    await fixture.sql.query('drop trigger refuse on actions.replicas');
    const contacts = onePerPartition();
    await fixture.act(...contacts);
    await expectStoredOnce(contacts);
  });

  it('are shared by two replicas, eight each, and taken over when one leaves', async () => {
    const second = await fixture.start({ REPLICA_ID: 'second' });
    await holds(8, 8);
    expect(sorted([...partitionsOf(first), ...partitionsOf(second)])).toEqual(everyPartition);
    const contacts = onePerPartition();
    await fixture.act(...contacts);
    const late = onePerPartition();
    const closing = second.close();
    await fixture.act(...late);
    await closing;
    fixture.apps.splice(fixture.apps.indexOf(second), 1);
    await holds(16);
    await expectStoredOnce([...contacts, ...late]);
    const { rows } = await fixture.sql.query('select id from actions.replicas');
    expect(rows).toEqual([{ id: 'first' }]);
  });

  it('of a replica that died wait for its heartbeat to run out, then go to the others', async () => {
    await fixture.sql.query(`insert into actions.replicas (id, seen_at) values ('dead', now() + interval '1 minute')`);
    await waitFor(() => partitionsOf(first).length === 8);
    await waitFor(async () => (await consumersOf()).filter((consumers) => consumers === 1).length === 8);
    const contacts = onePerPartition();
    await fixture.send(...contacts);
    await fixture.stored(...contacts.filter(({ ref }) => partitionsOf(first).includes(partitionOf(ref))));
    const waiting = everyPartition.filter((partition) => !partitionsOf(first).includes(partition));
    for (const partition of waiting) {
      expect((await fixture.vhost.look(ingestQueue(partition)))?.ready).toBe(1);
    }
    await fixture.sql.query(`update actions.replicas set seen_at = now() - interval '11 seconds' where id = 'dead'`);
    await holds(16);
    await fixture.stored(...contacts);
    await expectStoredOnce(contacts);
  });
});
