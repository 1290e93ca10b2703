import { randomBytes } from 'node:crypto';
import { ingestQueue, partitionCount, type IngestMessageV1 } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { partitionOf } from '../../src/storing/reference';
import { aContact, aDecision, aLink, anAction, IngestFixture, newRef, type Place } from './ingest-fixture';

type Step = 'contact' | 'share' | 'carried share' | 'link' | 'accept' | 'reject';

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length <= 1
    ? [[...items]]
    : items.flatMap((item, index) =>
        permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
      );
/** A decision names an action that its giver has seen stored: it never comes before the contact. */
const isPossible = (order: Step[]): boolean =>
  order.every((step, at) => (step !== 'accept' && step !== 'reject') || at > order.indexOf('contact'));

/** One person, whose messages come in one order. */
class Story {
  readonly contact;
  readonly share;
  readonly carried;
  private readonly link;
  actionId = 0;

  constructor(
    place: Place,
    readonly order: Step[],
  ) {
    const ref = newRef();
    const carriedRef = randomBytes(16).toString('base64url');
    this.contact = aContact(place, { ref });
    this.share = anAction(place, ref);
    this.carried = anAction(place, carriedRef);
    this.link = aLink(place, ref, [carriedRef]);
  }

  message(at: number): IngestMessageV1 | undefined {
    switch (this.order[at]) {
      case 'contact':
        return this.contact;
      case 'share':
        return this.share;
      case 'carried share':
        return this.carried;
      case 'link':
        return this.link;
      case 'accept':
        return aDecision(this.actionId, this.contact.ref, 'accept');
      case 'reject':
        return aDecision(this.actionId, this.contact.ref, 'reject');
      case undefined:
        return undefined;
    }
  }
}

interface State {
  supporter: number;
  rank: number | null;
  signature: number;
  share: number;
  carried: number;
}
const [rejected, delivered] = [2, 4];
const signed: State = { supporter: 3, rank: 0, signature: delivered, share: delivered, carried: delivered };
const withdrawn: State = { supporter: 2, rank: 0, signature: rejected, share: rejected, carried: rejected };

describe('messages of one person', () => {
  let fixture: IngestFixture;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    await fixture.start();
  });
  afterAll(() => fixture.close());

  const send = async (messages: IngestMessageV1[]) => {
    for (let partition = 0; partition < partitionCount; partition += 1) {
      const mine = messages.filter(({ ref }) => partitionOf(ref) === partition);
      await fixture.vhost.send(ingestQueue(partition), mine, (index) => ({ messageId: mine[index]?.id }));
    }
    await fixture.stored(...messages);
  };

  /** The stories side by side, one message of each at a time. */
  const tell = async (place: Place, steps: Step[], pick: (order: Step[], index: number) => boolean = () => true) => {
    const stories = permutations(steps)
      .filter(isPossible)
      .filter(pick)
      .map((order) => new Story(place, order));
    for (let at = 0; at < steps.length; at += 1) {
      await send(stories.flatMap((story) => story.message(at) ?? []));
      const justStored = stories.filter(({ order }) => order[at] === 'contact');
      for (const story of justStored) story.actionId = (await fixture.actionOf(story.contact)).id;
    }
    return stories;
  };
  const stateOf = async (story: Story): Promise<State & { isOne: boolean }> => {
    const [signature, share, carried] = [
      await fixture.actionOf(story.contact),
      await fixture.actionOf(story.share),
      await fixture.actionOf(story.carried),
    ];
    return {
      supporter: signature.supporterStatus ?? -1,
      rank: signature.rank,
      signature: signature.status,
      share: share.status,
      carried: carried.status,
      isOne: new Set([signature, share, carried].map(({ supporterId }) => supporterId)).size === 1,
    };
  };
  const settled = async (stories: Story[]) => {
    const states: ({ order: Step[] } & Awaited<ReturnType<typeof stateOf>>)[] = [];
    for (const story of stories) {
      await waitFor(async () => (await stateOf(story)).isOne);
      states.push({ order: story.order, ...(await stateOf(story)) });
    }
    return states;
  };

  it.each<[string, Step[], State, number]>([
    ['without confirmation', ['contact', 'share', 'carried share', 'link'], signed, 24],
    ['and an acceptance', ['contact', 'share', 'carried share', 'link', 'accept'], signed, 60],
    ['and a rejection', ['contact', 'share', 'carried share', 'link', 'reject'], withdrawn, 60],
  ])('%s end alike in all orders', async (_what, steps, end, count) => {
    const place = await fixture.place({ customSupporterConfirm: steps.length > 4 });
    const stories = await tell(place, steps);
    expect(stories).toHaveLength(count);
    for (const state of await settled(stories)) expect(state).toEqual({ order: state.order, ...end, isOne: true });
    if (end !== signed) return;
    const messages = await fixture.received(fixture.queues.crm(place.org), count * 3);
    expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(count * 3);
  });

  it('end rejected when both an acceptance and a rejection came, but for a share delivered in between', async () => {
    const place = await fixture.place({ customSupporterConfirm: true });
    const stories = await tell(
      place,
      ['contact', 'share', 'carried share', 'link', 'accept', 'reject'],
      (_, n) => n % 4 === 0,
    );
    expect(stories).toHaveLength(60);
    for (const { order, ...state } of await settled(stories)) {
      const before = (step: Step) => order.indexOf(step) < order.indexOf('reject');
      const shareWasDelivered = before('accept') && before('share');
      expect({ order, ...state }).toEqual({
        order,
        ...withdrawn,
        share: shareWasDelivered ? delivered : rejected,
        carried: before('accept') && before('carried share') && before('link') ? expect.any(Number) : rejected,
        isOne: true,
      });
    }
  });
});
