import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { stageMessageId, type IngestMessageV1 } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import {
  aContact,
  aDecision,
  aLink,
  aModeration,
  anAction,
  anEmailEvent,
  IngestFixture,
  newRef,
  type OrgSettings,
  type Place,
} from './ingest-fixture';
import { startOverlapping, stopDrained } from './overlapping-replicas';

const unfinished = ['sign', 'share', 'link'] as const;
/** What is told of an action: a decision, a click on the double opt-in link, or what became of its mail. */
const told = ['accept', 'reject', 'doi', 'bounce', 'spam'] as const;
type Told = (typeof told)[number];
type Step = (typeof unfinished)[number] | Told;
const isTold = (step: Step): step is Told => (told as readonly Step[]).includes(step);
/** When each happened, whenever it is heard of: the click after the bounce. */
const happenedAt = { doi: new Date('2026-11-20T11:00:00Z'), bounce: new Date('2026-11-20T10:00:00Z') };

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length <= 1
    ? [[...items]]
    : items.flatMap((item, index) =>
        permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
      );
/** What is told names an action that was seen stored: it never comes before the signature. */
const isPossible = (order: Step[]): boolean => order.every((step, at) => !isTold(step) || at > order.indexOf('sign'));

/** The same message again, under the same id: none, one of them late, all of them at once, or all of them late and backwards. */
const repeatsOf = (order: Step[]): Step[][] => [
  order,
  ...order.map((late) => [...order, late]),
  order.flatMap((step) => [step, step]),
  [...order, ...[...order].reverse()],
];

type Decide = (actionId: number, ref: string, decision: 'accept' | 'reject') => IngestMessageV1;

/** One person: what is sent in which order, and whether the signature carries the share's reference too. */
class Story {
  readonly sign;
  readonly share;
  actionId = 0;
  private readonly link;
  private readonly decisions = new Map<Step, IngestMessageV1>();

  constructor(
    place: Place,
    readonly order: Step[],
    private readonly isCarried: boolean,
    private readonly decide: Decide,
  ) {
    const ref = newRef();
    const sharedRef = randomBytes(16).toString('base64url');
    this.sign = aContact(place, { ref, carriedRef: isCarried ? sharedRef : null });
    this.share = anAction(place, sharedRef);
    this.link = aLink(place, ref, [sharedRef]);
  }

  get name(): string {
    return `${this.order.join(' ')}${this.isCarried ? ', carried' : ''}`;
  }

  message(step: Step): IngestMessageV1 {
    if (!isTold(step)) return this[step];
    const message = this.decisions.get(step) ?? this.telling(step);
    this.decisions.set(step, message);
    return message;
  }

  private telling(step: Told): IngestMessageV1 {
    const { actionId, sign } = this;
    switch (step) {
      case 'accept':
      case 'reject':
        return this.decide(actionId, sign.ref, step);
      case 'doi':
        return { ...aDecision(actionId, sign.ref, null, true), at: happenedAt.doi.toISOString() } as IngestMessageV1;
      case 'bounce':
        return anEmailEvent(actionId, sign.ref, step, happenedAt.bounce);
      case 'spam':
        return anEmailEvent(actionId, sign.ref, step);
    }
  }
}

interface Stored {
  at: number;
  signId: number;
  shareId: number;
  supporter: number;
  rank: number | null;
  signature: number;
  share: number;
  isLinked: boolean;
  emailStatus: number;
}
interface State {
  supporter: number | null;
  rank: number | null;
  signature: number;
  share: number;
  isLinked: boolean;
  emailStatus: number;
  /** Stages of the signature and of the share that left for the org. */
  signatureStages: string[];
  shareStages: string[];
}
const [rejected, accepted, delivered] = [2, 3, 4];
const end = (
  [supporter, signature, share]: [number, number, number],
  [signatureStages, shareStages]: [string[], string[]],
  emailStatus = 0,
): State => ({ supporter, rank: 0, signature, share, isLinked: true, emailStatus, signatureStages, shareStages });
const withStatus = (emailStatus: number, ...states: State[]): State[] =>
  states.map((state) => ({ ...state, emailStatus }));

const stages = ['supporter_confirm', 'action_confirm', 'deliver'];
const [asked, moderated, sent] = stages as [string, string, string];
const signed = end([accepted, delivered, delivered], [[sent], [sent]]);
const confirmed = end([accepted, delivered, delivered], [[asked, sent], [sent]]);
const withdrawn = end([rejected, rejected, rejected], [[asked], []]);
const passed = end([accepted, delivered, delivered], [[moderated, sent], [sent]]);
const refused = end([accepted, rejected, delivered], [[moderated], [sent]]);
/** A rejection wins, but nothing brings back what an acceptance before it let go (processing.md §5.6). */
const withdrawnLate = [
  end([rejected, rejected, rejected], [[asked, sent], []]),
  end([rejected, rejected, delivered], [[asked, sent], [sent]]),
];
/** After delivery: a share that came before the bounce had left by then. */
const bouncedLate = [
  end([rejected, rejected, rejected], [[sent], []]),
  end([rejected, rejected, delivered], [[sent], [sent]]),
];
const refusedLate = end([accepted, rejected, delivered], [[moderated, sent], [sent]]);

const unasked = { org: {}, decide: aDecision };
const bySupporter = { org: { customSupporterConfirm: true }, decide: aDecision };
const byModerator = { org: { customActionConfirm: true }, decide: aModeration };
const [optedIn, bounced, spammed] = [1, 2, 4];
interface Case {
  org: OrgSettings;
  decide: Decide;
  steps: Step[];
  orders: number;
  /** What every order ends in: one state, and with two decisions what had left by then. */
  ends: State[];
}
const cases: [name: string, Case][] = [
  ['signed', { ...unasked, steps: [...unfinished], orders: 6, ends: [signed] }],
  ['confirmed', { ...bySupporter, steps: [...unfinished, 'accept'], orders: 12, ends: [confirmed] }],
  ['withdrawn', { ...bySupporter, steps: [...unfinished, 'reject'], orders: 12, ends: [withdrawn] }],
  [
    'confirmed and withdrawn',
    { ...bySupporter, steps: [...unfinished, 'accept', 'reject'], orders: 40, ends: [withdrawn, ...withdrawnLate] },
  ],
  ['passed', { ...byModerator, steps: [...unfinished, 'accept'], orders: 12, ends: [passed] }],
  ['refused', { ...byModerator, steps: [...unfinished, 'reject'], orders: 12, ends: [refused] }],
  [
    'passed and refused',
    { ...byModerator, steps: [...unfinished, 'accept', 'reject'], orders: 40, ends: [refused, refusedLate] },
  ],
  [
    'bounced, confirmed or not',
    {
      ...bySupporter,
      steps: [...unfinished, 'accept', 'bounce'],
      orders: 40,
      ends: withStatus(bounced, withdrawn, ...withdrawnLate),
    },
  ],
  [
    'bounced and opted in later',
    { ...unasked, steps: [...unfinished, 'doi', 'bounce'], orders: 40, ends: withStatus(optedIn, ...bouncedLate) },
  ],
  [
    'called spam after delivery, whatever the link says',
    { ...unasked, steps: [...unfinished, 'doi', 'spam'], orders: 40, ends: withStatus(spammed, signed) },
  ],
  [
    'called spam, confirmed before it or not',
    {
      ...bySupporter,
      steps: [...unfinished, 'accept', 'spam'],
      orders: 40,
      ends: withStatus(spammed, withdrawn, confirmed),
    },
  ],
];

/** What goes out together, before the next is sent: one message of each person, or all that may be on the way at once. */
const paces: [name: string, (order: Step[]) => Step[][]][] = [
  ['one by one', (order) => order.map((step) => [step])],
  [
    'all at once',
    (order) => {
      const known = order.indexOf('sign') + 1;
      return [order.slice(0, known), order.slice(known)];
    },
  ],
];

describe('sign, share, link, accept, reject, opt-in, bounce, spam and their repeats, through two consumers of every partition', () => {
  let fixture: IngestFixture;
  const heard: { stories: Story[]; states: Stored[] }[] = [];

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    await startOverlapping(fixture);
  });
  afterAll(() => fixture.close());

  /** The stories side by side. */
  const tell = async (stories: Story[], pace: (order: Step[]) => Step[][]) => {
    const waves = stories.map((story) => ({ story, groups: pace(story.order) }));
    const count = Math.max(...waves.map(({ groups }) => groups.length));
    for (let at = 0; at < count; at += 1) {
      const messages = waves.flatMap(({ story, groups }) => (groups[at] ?? []).map((step) => story.message(step)));
      await fixture.send(...messages);
      await fixture.stored(...new Map(messages.map((message) => [message.id, message])).values());
      const actionIds = await actionIdsOf(stories);
      for (const story of stories) story.actionId = actionIds.get(story.sign.id) ?? 0;
    }
  };
  const actionIdsOf = async (stories: Story[]): Promise<Map<string, number>> => {
    const { rows } = await fixture.sql.query<{ id: string; actionId: number }>(
      'select id, action_id::int as "actionId" from actions.submissions where id = any($1)',
      [stories.map(({ sign }) => sign.id)],
    );
    return new Map(rows.map(({ id, actionId }) => [id, actionId]));
  };
  const statesOf = async (stories: Story[]): Promise<Stored[]> => {
    const { rows } = await fixture.sql.query<Stored>(
      `select n.at::int, sign.id::int as "signId", share.id::int as "shareId", sign.processing_status::int as signature,
              share.processing_status::int as share, s.processing_status::int as supporter, s.dupe_rank::int as rank, s.email_status::int as "emailStatus",
              share.supporter_id is not null and share.supporter_id = sign.supporter_id as "isLinked"
         from unnest($1::uuid[], $2::uuid[]) with ordinality as n (sign_id, share_id, at)
         join actions.submissions us on us.id = n.sign_id join actions.actions sign on sign.id = us.action_id
         join actions.submissions uh on uh.id = n.share_id join actions.actions share on share.id = uh.action_id
         join actions.supporters s on s.id = sign.supporter_id order by n.at`,
      [stories.map(({ sign }) => sign.id), stories.map(({ share }) => share.id)],
    );
    return rows;
  };
  /** Everything that left for the org: ids of messages, each however often. */
  const leftFor = async ({ org }: Place, { customSupporterConfirm, customActionConfirm }: OrgSettings) => {
    await waitFor(async () => {
      const { rows } = await fixture.sql.query('select count(*)::int as n from actions.outbox');
      return rows[0].n === 0;
    });
    const queues = [
      fixture.queues.crm(org),
      ...(customSupporterConfirm ? [fixture.queues.confirm(org)] : []),
      ...(customActionConfirm ? [fixture.queues.moderate(org)] : []),
    ];
    const ids = new Set<string>();
    for (const queue of queues) {
      for (const { properties } of await fixture.vhost.drain(queue)) ids.add(String(properties.messageId));
    }
    return ids;
  };
  const isStatus = (state: Stored, { signatureStages: _, shareStages: __, ...wanted }: State) =>
    Object.entries(wanted).every(([key, value]) => state[key as keyof Stored] === value);

  describe.each(paces)('%s', (_pace, pace) => {
    it.each(cases)('end %s in all orders', async (_name, { org, decide, steps: ofCase, orders, ends }) => {
      const place = await fixture.place(org);
      const possible = permutations(ofCase).filter(isPossible);
      expect(possible).toHaveLength(orders);
      const stories = possible.flatMap((order, index) =>
        repeatsOf(order).map((story, again) => new Story(place, story, (index + again) % 2 === 0, decide)),
      );
      await tell(stories, pace);
      const hasEnded = (state: Stored) => ends.some((wanted) => isStatus(state, wanted));
      await waitFor(async () => (await statesOf(stories)).every(hasEnded)).catch(() => undefined);
      const states = await statesOf(stories);
      heard.push({ stories, states });
      const left = await leftFor(place, org);
      const known = new Set<string>();
      const stagesOf = (actionId: number): string[] =>
        stages.filter((stage) => {
          const id = stageMessageId(actionId, stage, place.orgId);
          known.add(id);
          return left.has(id);
        });
      const odd = states
        .map(({ at, signId, shareId, ...state }) => ({
          story: stories[at - 1]?.name,
          state: { ...state, signatureStages: stagesOf(signId), shareStages: stagesOf(shareId) },
        }))
        .filter(({ state }) => !ends.some((wanted) => isDeepStrictEqual(state, wanted)));
      expect(odd).toEqual([]);
      expect(states).toHaveLength(stories.length);
      expect([...left].filter((id) => !known.has(id))).toEqual([]);
      const { rows } = await fixture.sql.query(
        'select count(*)::int as n from actions.actions where campaign_id = $1',
        [place.campaignId],
      );
      expect(rows[0].n).toBe(2 * stories.length);
    });
  });

  it('stay so when the last repeat has been taken, with nobody parked', async () => {
    expect(heard.length).toBe(paces.length * cases.length);
    await stopDrained(fixture);
    for (const { stories, states } of heard) expect(await statesOf(stories)).toEqual(states);
    const { rows } = await fixture.sql.query('select reason from actions.parked');
    expect(rows).toEqual([]);
  });
});
