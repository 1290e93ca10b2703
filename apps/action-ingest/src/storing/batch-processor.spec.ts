import type { CampaignDeltaV1, IngestMessageV1 } from '@groundswell/contracts';
import { encodeRef, fingerprint, uuidV7 } from '@groundswell/crypto';
import {
  Catalogue,
  type CatalogueCampaign,
  type CatalogueOrg,
  type CataloguePage,
  type Database,
} from '@groundswell/persistence';
import { ActionMessageBuilder } from '../messages/action-message.builder';
import { BatchProcessor } from './batch-processor';
import type { ActionState } from './batch-state';
import { CounterLedger } from './counter-ledger';
import { Emission } from './emission';
import type { LoadedBatch } from './loaded-batch';
import { RankLedger } from './rank-ledger';
import { partitionOf } from './reference';
import { SupporterProcessor } from './supporter-processor';

const [orgId, campaignId, pageId] = [1, 100, 10];
const ref = encodeRef(fingerprint('test', 'ann@example.org'));
const carriedRef = Buffer.from('a shared link').toString('base64url');

const catalogueWith = (supporterConfirm: boolean): Catalogue => {
  const catalogue = new Catalogue({} as Database);
  const org: Partial<CatalogueOrg> = {
    id: orgId,
    name: 'greenorg',
    title: 'Green Org',
    actionSchemaVersion: 2,
    pushBackendId: null,
    emailBackendId: null,
    supporterConfirm,
    customSupporterConfirm: false,
    customActionConfirm: false,
  };
  const campaign: Partial<CatalogueCampaign> = {
    id: campaignId,
    name: 'stop_it',
    title: 'Stop it',
    contactSchema: 0,
    supporterConfirm: null,
    actionConfirm: null,
    transientActions: [],
  };
  catalogue.orgs.putAll([org as CatalogueOrg]);
  catalogue.campaigns.putAll([campaign as CatalogueCampaign]);
  catalogue.pages.putAll([{ id: pageId, orgId, campaignId, name: 'act/now', locale: 'en' } as CataloguePage]);
  return catalogue;
};
const emptyDatabase = (): LoadedBatch => ({
  known: [],
  counted: [],
  supporters: new Map(),
  unlinked: [],
  carriedRefs: [],
  pendingLinks: [],
  erasures: [],
  recent: [],
  lookups: new Map(),
});

/** Messages with the ids set aside for them, so that a decision can name an action of the same batch. */
const common = {
  schema: 'groundswell:submission:1' as const,
  acceptedAt: '2026-11-20T10:00:00.000Z',
  pageId,
  campaignId,
  orgId,
};
const action = (actionType: string) => ({ actionType, fields: {}, testing: false, donation: null, mtt: null });
const contact = (area = 'PL'): IngestMessageV1 => ({
  ...common,
  id: uuidV7(),
  kind: 'contact',
  ref,
  carriedRef: null,
  supporter: { firstName: 'Ann', lastName: null, email: 'ann@example.org', address: null, area },
  clearAtDeliver: ['email'],
  contacts: [
    {
      orgId,
      payload: '{}',
      nonce: null,
      encryptKeyId: null,
      signKeyId: null,
      communicationConsent: true,
      deliveryConsent: true,
    },
  ],
  source: null,
  action: action('register'),
});
const share = (under: string): IngestMessageV1 => ({
  ...common,
  id: uuidV7(),
  kind: 'action',
  ref: under,
  source: null,
  action: action('share'),
});
const link = (): IngestMessageV1 => ({ ...common, id: uuidV7(), kind: 'link', ref, linkRefs: [carriedRef] });
const decide = (actionId: number, decision: 'accept' | 'reject'): IngestMessageV1 => ({
  schema: 'groundswell:command:1',
  id: uuidV7(),
  at: '2026-11-20T10:05:00.000Z',
  kind: 'supporter_decision',
  actionId,
  ref,
  decision,
  doubleOptIn: false,
});

/** Step by name: what comes, and the id of the action it makes. */
const steps = {
  contact: { id: 1, message: contact },
  'second contact': { id: 2, message: () => contact('DE') },
  share: { id: 3, message: () => share(ref) },
  'carried share': { id: 4, message: () => share(carriedRef) },
  link: { id: 5, message: link },
  accept: { id: 6, message: () => decide(1, 'accept') },
  reject: { id: 7, message: () => decide(1, 'reject') },
  'accept second': { id: 8, message: () => decide(2, 'accept') },
} as const;
type Step = keyof typeof steps;

interface Ending {
  supporters: Record<number, [status: string, rank: number | null, email: string | null]>;
  actions: Record<number, [status: string, supporterId: number | null]>;
  sent: string[];
  counters: CampaignDeltaV1[];
}

function run(order: readonly Step[], supporterConfirm: boolean): Ending {
  const catalogue = catalogueWith(supporterConfirm);
  const touched = new Set<ActionState>();
  const emission = new Emission(catalogue, new ActionMessageBuilder(catalogue), 'https://example.org');
  const counters = new CounterLedger(() => ({ campaignId, orgId }));
  const processor = new SupporterProcessor(new RankLedger(), counters, emission, touched);
  const batch = new BatchProcessor(emptyDatabase(), processor, emission, touched, () => orgId);
  for (const step of order) {
    const { id, message } = steps[step];
    batch.apply({ message: message(), actionId: id, supporterId: id });
  }
  return {
    supporters: Object.fromEntries(
      [...batch.supporters].map(([id, { status, rank, email }]) => [id, [status, rank, email]]),
    ),
    actions: Object.fromEntries([...touched].map(({ id, status, supporter }) => [id, [status, supporter?.id ?? null]])),
    sent: emission.messages.map(({ messageId }) => messageId).sort(),
    counters: counters.results().get(partitionOf(ref)) ?? [],
  };
}

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length <= 1
    ? [[...items]]
    : items.flatMap((item, index) =>
        permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
      );
const comesBefore = (order: readonly Step[], one: Step, other: Step) => order.indexOf(one) < order.indexOf(other);
/** A decision names an action that its giver has seen stored. */
const isPossible = (order: Step[]): boolean =>
  order.every(
    (step) =>
      (!['accept', 'reject'].includes(step) || comesBefore(order, 'contact', step)) &&
      (step !== 'accept second' || comesBefore(order, 'second contact', step)),
  );
const ordersOf = (...some: Step[]): Step[][] => permutations(some).filter(isPossible);

const counted = (register: number, shares: number): CampaignDeltaV1 => ({
  campaignId,
  byOrg: { [orgId]: 1 },
  byArea: { PL: 1 },
  byPage: { [pageId]: 1 },
  actionCount: { register, ...(shares > 0 && { share: shares }) },
  pageActionCount: { [pageId]: { register, ...(shares > 0 && { share: shares }) } },
});
const deliveries = (...ids: number[]) => ids.map((id) => `action:${id}:deliver:${orgId}`);
const asked = `action:1:supporter_confirm:${orgId}`;

describe('a batch', () => {
  it('ends alike in every order of contact, shares and link', () => {
    for (const order of ordersOf('contact', 'share', 'carried share', 'link')) {
      expect([order, run(order, false)]).toEqual([
        order,
        {
          supporters: { 1: ['accepted', 0, null] },
          actions: { 1: ['delivered', 1], 3: ['delivered', 1], 4: ['delivered', 1] },
          sent: deliveries(1, 3, 4),
          counters: [counted(1, 2)],
        },
      ]);
    }
  });

  it('ends alike in every order of an acceptance among them', () => {
    const orders = ordersOf('contact', 'share', 'carried share', 'link', 'accept');
    expect(orders).toHaveLength(60);
    for (const order of orders) {
      expect([order, run(order, true)]).toEqual([
        order,
        {
          supporters: { 1: ['accepted', 0, null] },
          actions: { 1: ['delivered', 1], 3: ['delivered', 1], 4: ['delivered', 1] },
          sent: [...deliveries(1, 3, 4), asked].sort(),
          counters: [counted(1, 2)],
        },
      ]);
    }
  });

  it('ends alike in every order of a rejection among them, and counts nothing', () => {
    for (const order of ordersOf('contact', 'share', 'carried share', 'link', 'reject')) {
      expect([order, run(order, true)]).toEqual([
        order,
        {
          supporters: { 1: ['rejected', 0, 'ann@example.org'] },
          actions: { 1: ['rejected', 1], 3: ['rejected', 1], 4: ['rejected', 1] },
          sent: [asked],
          counters: [],
        },
      ]);
    }
  });

  it('lets a rejection win over an acceptance in every order; what was delivered in between stays delivered', () => {
    const orders = ordersOf('contact', 'share', 'carried share', 'link', 'accept', 'reject');
    expect(orders).toHaveLength(240);
    for (const order of orders) {
      const { supporters, actions, sent, counters } = run(order, true);
      const before = (step: Step) => comesBefore(order, step, 'reject');
      const wasDelivered = {
        1: before('accept'),
        3: before('accept') && before('share'),
        4: before('accept') && before('carried share') && before('link'),
      };
      expect([order, supporters[1]?.[0], actions[1]?.[0], actions[3]?.[0], actions[4]?.[0]]).toEqual([
        order,
        'rejected',
        'rejected',
        wasDelivered[3] ? 'delivered' : 'rejected',
        wasDelivered[4] ? 'delivered' : 'rejected',
      ]);
      expect([order, sent]).toEqual([
        order,
        [...deliveries(...([1, 3, 4] as const).filter((id) => wasDelivered[id])), asked].sort(),
      ]);
      // Actions are counted without regard to their supporter, the supporter is not counted any more.
      const shares = Number(wasDelivered[3]) + Number(wasDelivered[4]);
      expect([order, counters.map(({ byOrg, actionCount }) => ({ byOrg, actionCount }))]).toEqual([
        order,
        shares === 0 ? [] : [{ byOrg: {}, actionCount: { share: shares } }],
      ]);
    }
  });

  it('gives rank 0 to the signature accepted first and makes the other a repeat, in every order', () => {
    for (const order of ordersOf('contact', 'second contact', 'accept', 'accept second')) {
      const { supporters, actions, counters } = run(order, true);
      const [first, second] = comesBefore(order, 'accept', 'accept second') ? [1, 2] : [2, 1];
      expect([order, supporters[first]?.[1], supporters[second]?.[1]]).toEqual([order, 0, 1]);
      expect([order, actions[first]?.[0], actions[second]?.[0]]).toEqual([order, 'delivered', 'repeat']);
      expect(counters).toMatchObject([
        { byOrg: { [orgId]: 1 }, byArea: { [first === 1 ? 'PL' : 'DE']: 1 }, actionCount: { register: 1 } },
      ]);
    }
  });

  it('counts the one that is left when one of two signatures is rejected, in every order', () => {
    for (const order of ordersOf('contact', 'second contact', 'accept', 'accept second', 'reject')) {
      const { supporters, actions, counters } = run(order, true);
      expect([order, supporters[1]?.[0], supporters[2]?.slice(0, 2)]).toEqual([order, 'rejected', ['accepted', 0]]);
      expect([order, actions[1]?.[0], actions[2]?.[0]]).toEqual([order, 'rejected', 'delivered']);
      expect([order, counters]).toMatchObject([
        order,
        [{ byOrg: { [orgId]: 1 }, byArea: { DE: 1 }, byPage: { [pageId]: 1 }, actionCount: { register: 1 } }],
      ]);
    }
  });

  it('leaves what nobody carries waiting under its reference', () => {
    const { actions, sent, counters } = run(['contact', 'carried share'], false);
    expect(actions[4]).toEqual(['new', null]);
    expect(sent).toEqual(deliveries(1));
    expect(counters).toEqual([counted(1, 0)]);
  });
});
