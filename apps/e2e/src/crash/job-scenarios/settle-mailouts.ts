import type { JobScenario } from '../job-scenario';
import {
  addMailout,
  aMailoutOrg,
  changeMailout,
  noMailServer,
  seedSupporters,
  type MailoutOrg,
} from '../mailout-world';
import { waitFor } from '@groundswell/testing';

interface World extends MailoutOrg {
  mailout: string;
}

export const scenario: JobScenario<World> = {
  job: 'settle-mailouts',
  service: 'notify-service',
  holdAt: 'notify.mailout_people',
  settings: { 'notify-service': { MAILOUT_SETTLE_INTERVAL: '500' } },
  async prepare(fleet) {
    const world = await aMailoutOrg(fleet, noMailServer);
    await seedSupporters(fleet, world, 3);
    const mailout = await addMailout(world);
    await changeMailout(world, mailout, 'startMailout');
    await waitFor(async () => {
      const { rowCount } = await fleet.sql.query(`select from notify.mailouts where name = $1 and state = 'sending'`, [
        mailout,
      ]);
      return rowCount === 1;
    });
    return { ...world, mailout };
  },
  /** Its mailing ends, and somebody is erased. */
  async start(fleet, { org, mailout }) {
    await fleet.sql.query(
      `insert into mail.mailings (purpose, org_id, state)
       select 'mailout:' || id, org_id, 'submitted' from notify.mailouts where name = $1
       on conflict (purpose) do update set state = 'submitted'`,
      [mailout],
    );
    await fleet.sql.query(
      `insert into catalog.erasures (org_id, ref, erased_at)
       select $1, s.fingerprint, now() from actions.supporters s join actions.contacts c on c.supporter_id = s.id
        where c.org_id = $1 order by s.id limit 1`,
      [org.id],
    );
  },
  async check(fleet, { mailout }) {
    const { rows } = await fleet.sql.query<{ state: string; known: number; people: number }>(
      `select o.state, count(p.ref)::int as known, count(*)::int as people
         from notify.mailouts o join notify.mailout_people p on p.mailout_id = o.id where o.name = $1 group by o.id`,
      [mailout],
    );
    const [row] = rows;
    if (row?.state !== 'complete' || row.known !== 2 || row.people !== 3) throw new Error(JSON.stringify(row));
  },
};
