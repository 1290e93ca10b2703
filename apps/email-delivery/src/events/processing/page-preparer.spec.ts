import { addressHasherOf } from '../../deliveries/keyed-address';
import type { MailEvent } from '../mail-event';
import { keyEvents } from '../storage/keyed-event';
import type { FromWorker } from './page-messages';
import { PagePreparer } from './page-preparer';
import { keyedOf, preparePage } from './prepared-page';

const hashAddress = addressHasherOf(Buffer.alloc(32, 1));
const event = (id: string, change: Partial<MailEvent> = {}): MailEvent => ({
  id,
  provider: 'mailgun',
  serviceId: null,
  type: 'delivered',
  severity: null,
  recipient: `${id}@example.org`,
  deliveryId: 1,
  providerMessageId: null,
  customId: null,
  at: new Date('2026-03-01T10:00:00Z'),
  error: null,
  isMachine: false,
  isSuppressed: false,
  ...change,
});

class FakePort {
  readonly sent: FromWorker[] = [];
  isClosed = false;
  postMessage(message: FromWorker): void {
    this.sent.push(message);
  }
  close(): void {
    this.isClosed = true;
  }
}

const preparerWith = (gapMs = 0) => {
  const port = new FakePort();
  return { port, preparer: new PagePreparer(port, hashAddress, gapMs) };
};
const idsOf = ({ sent }: FakePort): number[] => sent.map(({ id }) => id);

describe('a prepared page', () => {
  it('says of its events what they are stored by, each once and sorted', () => {
    const events = [event('b'), event('a'), event('b'), event('odd', { at: new Date(Number.NaN) }), event('c')];
    const keyed = keyedOf(events, structuredClone(preparePage(events, hashAddress)));
    expect(keyed).toEqual(keyEvents(events, hashAddress));
    expect(keyed.map(({ event: { id }, times }) => `${id}${times}`).sort()).toEqual(['a1', 'b2', 'c1']);
    expect(keyed.map(({ key }) => key.toString('hex'))).toEqual(keyed.map(({ key }) => key.toString('hex')).toSorted());
  });

  it('may be empty', () => {
    expect(keyedOf([], preparePage([], hashAddress))).toEqual([]);
  });
});

describe('the side of the worker', () => {
  it('prepares the next page once the one before is acknowledged, and not for an older acknowledgement', async () => {
    const { port, preparer } = preparerWith();
    for (const id of [1, 2, 3]) await preparer.receive({ type: 'page', id, events: [event(`e${id}`)] });
    expect(idsOf(port)).toEqual([1]);
    await preparer.receive({ type: 'acknowledged', id: 1 });
    await preparer.receive({ type: 'acknowledged', id: 1 });
    expect(idsOf(port)).toEqual([1, 2]);
    await preparer.receive({ type: 'acknowledged', id: 2 });
    expect(idsOf(port)).toEqual([1, 2, 3]);
  });

  it('leaves the gap between an acknowledgement and the next page', async () => {
    const { port, preparer } = preparerWith(30);
    for (const id of [1, 2]) await preparer.receive({ type: 'page', id, events: [] });
    const acknowledged = preparer.receive({ type: 'acknowledged', id: 1 });
    expect(idsOf(port)).toEqual([1]);
    await acknowledged;
    expect(idsOf(port)).toEqual([1, 2]);
  });

  it('ends when it is told to, with pages left', async () => {
    const { port, preparer } = preparerWith();
    for (const id of [1, 2]) await preparer.receive({ type: 'page', id, events: [] });
    await preparer.receive({ type: 'cancel' });
    await preparer.receive({ type: 'acknowledged', id: 1 });
    expect(port.isClosed).toBe(true);
    expect(idsOf(port)).toEqual([1]);
  });

  it('says which page it could not prepare, and goes on', async () => {
    const { port, preparer } = preparerWith();
    await preparer.receive({ type: 'page', id: 1, events: [null as never] });
    expect(port.sent).toEqual([expect.objectContaining({ type: 'failed', id: 1 })]);
    await preparer.receive({ type: 'page', id: 2, events: [] });
    await preparer.receive({ type: 'acknowledged', id: 1 });
    expect(idsOf(port)).toEqual([1, 2]);
  });
});
