import { randomUUID } from 'node:crypto';
import { uuidV7, encodeRef, fingerprint } from '@groundswell/crypto';
import type { IngestMessageV1 } from '@groundswell/contracts';
import { IngestFixture, type Place } from './ingest-fixture';

const actionCodes = { new: 0, confirming: 1, rejected: 2, accepted: 3, delivered: 4, repeat: 5 } as const;
const supporterCodes = { new: 0, confirming: 1, rejected: 2, accepted: 3 } as const;
type Action = keyof typeof actionCodes;
type Supporter = keyof typeof supporterCodes;
interface Cell {
  action: Action;
  supporter: Supporter;
  withConsent: boolean;
  supporterConfirm: boolean;
  actionConfirm: boolean;
}
type Outcome = [action: Action, supporter: Supporter, queue: 'crm' | 'confirm' | 'moderate' | null];

const flags = [true, false];
const cells: Cell[] = flags.flatMap((supporterConfirm) =>
  flags.flatMap((actionConfirm) =>
    flags.flatMap((withConsent) =>
      (Object.keys(actionCodes) as Action[]).flatMap((action) =>
        (Object.keys(supporterCodes) as Supporter[]).map((supporter) => ({
          action,
          supporter,
          withConsent,
          supporterConfirm,
          actionConfirm,
        })),
      ),
    ),
  ),
);

/** The table of processing.md §5.2, written out from the spec. */
function expected({ action, supporter, withConsent, supporterConfirm, actionConfirm }: Cell): Outcome {
  const stays: Outcome = [action, supporter, null];
  const isOpen = action === 'new' || action === 'confirming' || action === 'accepted';
  if (supporter === 'rejected') return isOpen ? ['rejected', 'rejected', null] : stays;
  if (action === 'accepted' && supporter === 'accepted') return ['delivered', 'accepted', 'crm'];
  if (action !== 'new' || supporter === 'confirming') return stays;
  if (supporter === 'accepted') {
    return withConsent && actionConfirm ? ['confirming', 'accepted', 'moderate'] : ['delivered', 'accepted', 'crm'];
  }
  if (!withConsent) return stays;
  if (supporterConfirm) return ['new', 'confirming', 'confirm'];
  return actionConfirm ? ['confirming', 'accepted', 'moderate'] : ['delivered', 'accepted', 'crm'];
}

describe('the state table', () => {
  let fixture: IngestFixture;
  const places = new Map<string, Place>();
  const rows: { cell: Cell; actionId: number; place: Place }[] = [];

  /** The settings come from the campaign, and the org says the opposite: so the override works both ways. */
  async function placeOf(cell: Cell): Promise<Place> {
    const key = `${cell.supporterConfirm} ${cell.actionConfirm}`;
    const known = places.get(key);
    if (known) return known;
    const place = await fixture.place(
      { customSupporterConfirm: true, customActionConfirm: true, supporterConfirm: !cell.supporterConfirm },
      { supporterConfirm: cell.supporterConfirm, actionConfirm: cell.actionConfirm },
    );
    places.set(key, place);
    return place;
  }

  async function insert(cell: Cell, place: Place): Promise<IngestMessageV1> {
    const ref = encodeRef(fingerprint('table', randomUUID()));
    const supporter = await fixture.sql.query(
      `insert into actions.supporters (campaign_id, action_page_id, fingerprint, first_name, email, processing_status, dupe_rank)
       values ($1, $2, $3, 'Harald', 'h@example.org', $4, $5) returning id`,
      [
        place.campaignId,
        place.pageId,
        Buffer.from(ref, 'base64url'),
        supporterCodes[cell.supporter],
        cell.supporter === 'accepted' ? 0 : null,
      ],
    );
    const supporterId = Number(supporter.rows[0].id);
    await fixture.sql.query(
      `insert into actions.contacts (supporter_id, org_id, payload, delivery_consent) values ($1, $2, '{"email":"h@example.org"}', true)`,
      [supporterId, place.orgId],
    );
    const action = await fixture.sql.query(
      `insert into actions.actions (supporter_id, action_type, campaign_id, action_page_id, with_consent, processing_status)
       values ($1, 'register', $2, $3, $4, $5) returning id`,
      [supporterId, place.campaignId, place.pageId, cell.withConsent, actionCodes[cell.action]],
    );
    rows.push({ cell, actionId: Number(action.rows[0].id), place });
    return {
      schema: 'groundswell:command:1',
      id: uuidV7(),
      at: new Date().toISOString(),
      kind: 'link_actions',
      supporterId,
      ref,
      actionIds: [],
    };
  }

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    const commands: IngestMessageV1[] = [];
    for (const cell of cells) commands.push(await insert(cell, await placeOf(cell)));
    await fixture.start();
    // Twice, under new ids: processing again changes nothing.
    await fixture.act(...commands);
    await fixture.act(...commands.map((command) => ({ ...command, id: uuidV7() })));
  });
  afterAll(() => fixture.close());

  it.each(
    cells.map(
      (cell, index) =>
        [
          Object.entries(cell)
            .map((pair) => pair.join(' '))
            .join(', '),
          cell,
          index,
        ] as const,
    ),
  )('%s', async (_, cell, index) => {
    const { actionId, place } = rows[index] as (typeof rows)[number];
    const { rows: states } = await fixture.sql.query(
      `select a.processing_status as action, s.processing_status as supporter,
                array(select routing_key from actions.outbox o where o.message_id like 'action:' || a.id || ':%') as waiting,
                (select message_id from actions.outbox_sent o where o.message_id like 'action:' || a.id || ':%') as sent
           from actions.actions a join actions.supporters s on s.id = a.supporter_id where a.id = $1`,
      [actionId],
    );
    const [action, supporter, queue] = expected(cell);
    const stage = { crm: 'deliver', confirm: 'supporter_confirm', moderate: 'action_confirm' };
    expect(states[0]).toEqual({
      action: actionCodes[action],
      supporter: supporterCodes[supporter],
      waiting: [],
      sent: queue && `action:${actionId}:${stage[queue]}:${place.orgId}`,
    });
  });

  it('sent every stage to its own queue, once', async () => {
    for (const place of places.values()) {
      const mine = rows.filter((row) => row.place === place);
      for (const queue of ['crm', 'confirm', 'moderate'] as const) {
        const wanted = mine.filter(({ cell }) => expected(cell)[2] === queue).map(({ actionId }) => actionId);
        const name = fixture.queues[queue](place.org);
        const got = wanted.length === 0 ? [] : await fixture.received(name, wanted.length);
        expect(got.map(({ body }) => body['actionId']).sort()).toEqual(wanted.sort());
      }
    }
  });
});
