import { waitFor } from '@groundswell/testing';
import type { JobScenario } from '../job-scenario';
import {
  addMailout,
  aMailoutOrg,
  changeMailout,
  noMailServer,
  requireOptIn,
  seedSupporters,
  toldOf,
  type MailoutOrg,
} from '../mailout-world';

const supporters = 3;

export const scenario: JobScenario<MailoutOrg> = {
  job: 'release-awaiting',
  service: 'notify-service',
  holdAt: 'notify.awaiting_messages',
  settings: { 'notify-service': { AWAITING_INTERVAL: '500' } },
  async prepare(fleet) {
    const world = await aMailoutOrg(fleet, noMailServer);
    await requireOptIn(fleet, world);
    await seedSupporters(fleet, world, supporters);
    await changeMailout(world, await addMailout(world), 'startMailout');
    await waitFor(async () => (await awaiting(fleet, world, 'awaiting')) === supporters);
    return world;
  },
  async start(fleet, { campaign }) {
    await fleet.sql.query(
      'update actions.supporters set email_status = 1, email_status_changed = now() where campaign_id = $1',
      [campaign.id],
    );
  },
  async check(fleet, world) {
    const released = await awaiting(fleet, world, 'released');
    if (released !== supporters) throw new Error(`${released} released`);
    const { rows } = await fleet.sql.query<{ id: string; handed: number }>(
      'select id, handed_over as handed from notify.mailouts where org_id = $1',
      [world.org.id],
    );
    if (rows[0]?.handed !== supporters) throw new Error(`${rows[0]?.handed} handed over`);
    // One mailing: its content, its only part, and that this was all.
    const told = await toldOf(fleet, `mailout:${rows[0].id}:opted-in`);
    if (told !== 3) throw new Error(`${told} messages`);
  },
};

async function awaiting(
  fleet: Parameters<typeof toldOf>[0],
  { org }: MailoutOrg,
  state: 'awaiting' | 'released',
): Promise<number> {
  const { rows } = await fleet.sql.query<{ n: number }>(
    'select count(*)::int as n from notify.awaiting_messages where org_id = $1 and state = $2',
    [org.id, state],
  );
  return rows[0]?.n ?? 0;
}
