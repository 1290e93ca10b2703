import type { JobScenario } from '../job-scenario';
import {
  addMailout,
  aMailoutOrg,
  changeMailout,
  noMailServer,
  seedSupporters,
  toldOf,
  type MailoutOrg,
} from '../mailout-world';

const supporters = 40;
const perStep = 10;

interface World extends MailoutOrg {
  mailout: string;
}

export const scenario: JobScenario<World> = {
  job: 'build-mailout',
  service: 'notify-service',
  holdAt: 'notify.mailout_people',
  settings: { 'notify-service': { MAILOUT_STEP_SIZE: String(perStep) } },
  async prepare(fleet) {
    const world = await aMailoutOrg(fleet, noMailServer);
    await seedSupporters(fleet, world, supporters);
    return { ...world, mailout: await addMailout(world) };
  },
  async start(_fleet, world) {
    await changeMailout(world, world.mailout, 'startMailout');
  },
  async check(fleet, { mailout }) {
    const { rows } = await fleet.sql.query<{ id: string; state: string; people: number }>(
      `select o.id, o.state, (select count(*)::int from notify.mailout_people p where p.mailout_id = o.id) as people
         from notify.mailouts o where o.name = $1`,
      [mailout],
    );
    const [row] = rows;
    if (row?.state !== 'sending' || row.people !== supporters) throw new Error(JSON.stringify(row));
    // Its parts, its content, and that these were all.
    const told = await toldOf(fleet, `mailout:${row.id}`);
    if (told !== supporters / perStep + 2) throw new Error(`${told} messages`);
  },
};
