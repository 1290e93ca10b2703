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

interface World extends MailoutOrg {
  mailout: string;
}

export const scenario: JobScenario<World> = {
  job: 'ask-opt-in',
  service: 'notify-service',
  holdAt: 'notify.opt_in_requests',
  settings: { 'notify-service': { AWAITING_INTERVAL: '500' } },
  async prepare(fleet) {
    const world = await aMailoutOrg(fleet, noMailServer);
    await requireOptIn(fleet, world);
    await seedSupporters(fleet, world, supporters);
    return { ...world, mailout: await addMailout(world) };
  },
  async start(_fleet, world) {
    await changeMailout(world, world.mailout, 'startMailout');
  },
  async check(fleet, { org }) {
    const { rows } = await fleet.sql.query<{ people: number; asked: number }>(
      `select count(*)::int as people, coalesce(sum(asked), 0)::int as asked from notify.opt_in_requests where org_id = $1`,
      [org.id],
    );
    if (rows[0]?.people !== supporters || rows[0].asked !== supporters) throw new Error(JSON.stringify(rows[0]));
    const told = await toldOf(fleet, `opt-in:${org.id}`);
    if (told !== 3) throw new Error(`${told} messages`);
  },
};
