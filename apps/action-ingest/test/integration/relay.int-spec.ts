import { orgTopology, topologyVersion, type OrgRouting } from '@groundswell/contracts';
import { TopologyGate } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { aContact, IngestFixture, type Place } from './ingest-fixture';

interface WaitingRow {
  message_id: string;
  attempts: number;
  last_error: string | null;
}

const routingOf = (place: Place): OrgRouting => ({
  id: place.orgId,
  name: place.org,
  customSupporterConfirm: false,
  moderates: false,
  customActionDeliver: true,
  customEventDeliver: false,
  pushBackend: null,
  eventBackend: null,
  alias: false,
});

describe('the relay of action-ingest', () => {
  let fixture: IngestFixture;
  let other: Place;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    other = await fixture.place();
    await fixture.start();
  });
  afterAll(() => fixture.close());

  const waitingFor = async (place: Place): Promise<WaitingRow[]> => {
    const { rows } = await fixture.sql.query<WaitingRow>(
      'select message_id, attempts, last_error from actions.outbox where lane = $1',
      [place.orgId],
    );
    return rows;
  };
  const outcomesOf = async (place: Place): Promise<string[]> => {
    const { rows } = await fixture.sql.query<{ outcome: string }>(
      'select outcome from actions.outbox_sent where lane = $1',
      [place.orgId],
    );
    return rows.map(({ outcome }) => outcome);
  };
  const sign = async (place: Place) => {
    const contact = aContact(place);
    await fixture.act(contact);
    return `action:${(await fixture.actionOf(contact)).id}:deliver:${place.orgId}`;
  };
  const expectOtherFlows = async () => {
    const messageId = await sign(other);
    const received = await fixture.received(fixture.queues.crm(other.org), 1);
    expect(received.map((message) => message.messageId)).toEqual([messageId]);
  };
  /** The gate looks every 2 s by itself; what it read before the change must not count here. */
  const scope = async (place: Place, change: string) => {
    await fixture.sql.query(`update topology.queue_sets set ${change} where scope = $1`, [`org:${place.orgId}`]);
    // A service that has just started may not have its database yet.
    for (const app of fixture.apps) {
      const gate = app.get(TopologyGate);
      await waitFor(async () => {
        await gate.refresh();
        return true;
      });
    }
  };
  const confirmAtVersion = (place: Place) =>
    fixture.confirmScope(`org:${place.orgId}`, topologyVersion(routingOf(place)));

  it.each<[string, string, (place: Place) => Promise<unknown>]>([
    ['are not confirmed', `state = 'pending'`, confirmAtVersion],
    ['were confirmed at another version', `version = 'of earlier settings'`, confirmAtVersion],
    ['are damaged', `state = 'damaged'`, confirmAtVersion],
    ['are full', 'is_full = true', (place) => scope(place, 'is_full = false')],
  ])("lets an org's messages wait while its queues %s, and another org's flow", async (_what, state, mend) => {
    const place = await fixture.place();
    await scope(place, state);
    const messageId = await sign(place);
    await expectOtherFlows();
    expect(await waitingFor(place)).toEqual([{ message_id: messageId, attempts: 0, last_error: null }]);
    await mend(place);
    const received = await fixture.received(fixture.queues.crm(place.org), 1);
    expect(received.map((message) => message.messageId)).toEqual([messageId]);
    await waitFor(async () => (await waitingFor(place)).length === 0);
    expect(await outcomesOf(place)).toEqual(['sent']);
  });

  it('notes as unrouted what nobody is meant to read, and the action is delivered all the same', async () => {
    const place = await fixture.place({ customActionDeliver: false });
    const contact = aContact(place);
    await fixture.act(contact);
    expect(await fixture.actionOf(contact)).toMatchObject({ status: 4 });
    expect(await waitingFor(place)).toEqual([]);
    expect(await outcomesOf(place)).toEqual(['unrouted']);
  });

  it('notes as unrouted what waits for an org that is marked as deleted meanwhile', async () => {
    const place = await fixture.place();
    await scope(place, `state = 'pending'`);
    await sign(place);
    expect(await waitingFor(place)).toHaveLength(1);
    await fixture.sql.query('update catalog.orgs set deleted_at = now() where id = $1', [place.orgId]);
    await waitFor(async () => (await outcomesOf(place)).length === 1);
    expect(await outcomesOf(place)).toEqual(['unrouted']);
  });

  it('brings back what no queue took, and sends it once the queue is there', async () => {
    const place = await fixture.place();
    const crm = fixture.queues.crm(place.org);
    await fixture.vhost.channel.deleteQueue(crm);
    const messageId = await sign(place);
    await waitFor(async () => ((await waitingFor(place))[0]?.attempts ?? 0) >= 2);
    expect(await waitingFor(place)).toMatchObject([{ message_id: messageId, last_error: 'no queue took it' }]);
    await expectOtherFlows();
    const [binding] = orgTopology(routingOf(place)).bindings;
    await fixture.vhost.declareQueue(crm, { exchange: binding?.exchange ?? '', key: binding?.key ?? '' });
    const received = await fixture.received(crm, 1);
    expect(received.map((message) => message.messageId)).toEqual([messageId]);
    await waitFor(async () => (await waitingFor(place)).length === 0);
  });
});
