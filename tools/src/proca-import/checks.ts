import { checkCampaignName, checkOrgName, checkPageName } from '@groundswell/domain';
import { fingerprint } from '@groundswell/crypto';
import { oldTable, type OldTableName } from './old-schema';
import type { OldReader } from './old-reader';
import { bytesOfHex } from './copies/column-types';
import type { TableCopy } from './table-copy';
import type { Target } from './target';

/** A replica notes itself every 10 s. */
const replicaSilentSeconds = 60;
const seedSample = 500;
const namedAtMost = 10;

export interface CheckSettings {
  instanceOrg: string;
  /** Null: not given, and not checked. */
  fingerprintSeed: string | null;
}

/** Why nothing may be written, and what a person should know. */
export interface CheckResult {
  refusals: string[];
  notices: string[];
}

export async function checkBefore(
  old: OldReader,
  target: Target,
  copies: readonly TableCopy[],
  settings: CheckSettings,
): Promise<CheckResult> {
  const refusals = [...(await targetRefusals(target, copies)), ...(await orgRefusals(old, settings.instanceOrg))];
  const notices = [...(await nameNotices(old)), ...(await passwordNotices(old)), ...(await keyNotices(old, settings))];
  const seed = await checkSeed(old, settings.fingerprintSeed);
  return { refusals: [...refusals, ...seed.refusals], notices: [...notices, ...seed.notices] };
}

/** Ours must hold nothing but what was imported, and nobody may be at work in it. */
async function targetRefusals(target: Target, copies: readonly TableCopy[]): Promise<string[]> {
  const refusals: string[] = [];
  const [schema] = await target.rows<{ there: boolean }>(
    `select to_regclass('mtt.message_states') is not null as there`,
  );
  if (!schema?.there) return ['the new database has no schema yet: run dist/libs/persistence/migrate.js first'];
  const [live] = await target.rows<{ replicas: string; submissions: boolean; audited: boolean }>(
    `select (select count(*) from actions.replicas where seen_at > now() - interval '${replicaSilentSeconds} seconds') as replicas,
            exists (select from actions.submissions) as submissions, exists (select from catalog.audit_log) as audited`,
  );
  if (Number(live?.replicas) > 0) refusals.push('the fleet runs on the new database: stop it first');
  if (live?.submissions) {
    refusals.push('the new fleet has accepted actions already: an import would write over its ids');
  }
  if (live?.audited) {
    refusals.push('the new fleet was administrated already: import into a database no service has started on');
  }
  const highest = new Map<string, string>();
  if (await target.hasProgress()) {
    const rows = await target.rows<{ table: string; id: string }>(
      'select old_table as "table", id from proca_import.highest_ids',
    );
    for (const { table, id } of rows) highest.set(table, id);
  }
  for (const { from, to } of copies.filter((copy) => oldTable(copy.from).id === 'bigint')) {
    const rows = await target.rows<{ id: string }>(
      `select id from ${to} where id > $1 order by id limit ${namedAtMost}`,
      [highest.get(from) ?? '-1'],
    );
    if (rows.length > 0) refusals.push(`${to} has rows that were not imported: ${listOf(rows.map(({ id }) => id))}`);
  }
  return refusals;
}

async function orgRefusals(old: OldReader, instanceOrg: string): Promise<string[]> {
  const orgs = await old.rows<{ id: string; name: string }>(
    `select id, name::text as name from ${old.table('orgs')} order by id`,
  );
  const wrong = orgs.filter(({ name }) => checkOrgName(name) !== null).map(({ id, name }) => `${name} (id ${id})`);
  const refusals =
    wrong.length === 0
      ? []
      : [`names of orgs that no queue here can have, rename them on the old server: ${listOf(wrong)}`];
  if (!orgs.some(({ name }) => name.toLowerCase() === instanceOrg.toLowerCase())) {
    refusals.push(`the old server has no org "${instanceOrg}": set ORG_NAME to the name of its instance org`);
  }
  return refusals;
}

/** They come as they are, but cannot be saved again under such a name. */
async function nameNotices(old: OldReader): Promise<string[]> {
  const check = async (table: OldTableName, isWrong: (name: string) => boolean) => {
    const rows = await old.rows<{ id: string; name: string }>(
      `select id, name::text as name from ${old.table(table)} order by id`,
    );
    const wrong = rows.filter(({ name }) => isWrong(name)).map(({ id }) => id);
    return wrong.length > 0 ? [`${table} with a name that cannot be given here, ids ${listOf(wrong)}`] : [];
  };
  return [
    ...(await check('campaigns', (name) => checkCampaignName(name) !== null)),
    ...(await check('action_pages', (name) => checkPageName(name) !== null)),
  ];
}

async function passwordNotices(old: OldReader): Promise<string[]> {
  const rows = await old.rows<{ id: string }>(
    `select id from ${old.table('users')} where hashed_password !~ '^\\$(2[aby]\\$|pbkdf2-sha(256|512)\\$)' order by id`,
  );
  const ids = listOf(rows.map(({ id }) => id));
  return rows.length > 0
    ? [`users whose password is of a kind nobody can check, they have to reset it: ids ${ids}`]
    : [];
}

async function keyNotices(old: OldReader, { instanceOrg }: CheckSettings): Promise<string[]> {
  const keys = `${old.table('public_keys')} k join ${old.table('orgs')} o on o.id = k.org_id`;
  const ofInstance = `o.name = ${old.literal(instanceOrg)}`;
  const [found] = await old.rows<{ usable: boolean; others: string }>(
    `select coalesce(bool_or(${ofInstance} and k.active and k.private is not null), false) as usable,
            count(*) filter (where k.private is not null and o.name <> ${old.literal(instanceOrg)}) as others from ${keys}`,
  );
  const notices: string[] = [];
  if (!found?.usable) {
    notices.push(`org "${instanceOrg}" has no active key with its private half: api-gateway will not start`);
  }
  if (Number(found?.others) > 0) {
    notices.push(`${found?.others} private keys of other orgs stay behind: none is kept here`);
  }
  return notices;
}

/** With another seed everybody would be a new person. Those of campaigns with basic contacts can be told by their address. */
async function checkSeed(old: OldReader, seed: string | null): Promise<CheckResult> {
  if (seed === null) {
    return { refusals: [], notices: ['FINGERPRINT_SEED is not set: not checked against the references'] };
  }
  const rows = await old.rows<{ email: string; fingerprint: string }>(
    `select s.email, s.fingerprint::text as fingerprint
       from ${old.table('supporters')} s join ${old.table('campaigns')} c on c.id = s.campaign_id
      where c.contact_schema = 0 and s.email is not null order by s.id desc limit ${seedSample}`,
  );
  if (rows.length === 0) return { refusals: [], notices: ['no address in clear to check FINGERPRINT_SEED with'] };
  const made = rows.filter(({ email, fingerprint: stored }) =>
    fingerprint(seed, email.toLowerCase().trim()).equals(bytesOfHex(stored)),
  );
  if (made.length === 0) {
    return {
      refusals: [`FINGERPRINT_SEED is not that of the old server: none of ${rows.length} references is made with it`],
      notices: [],
    };
  }
  const others = rows.length - made.length;
  return {
    refusals: [],
    notices: others === 0 ? [] : [`${others} of ${rows.length} references looked at were made with another seed`],
  };
}

const listOf = (items: readonly string[]): string =>
  items.length > namedAtMost ? `${items.slice(0, namedAtMost).join(', ')} … (${items.length})` : items.join(', ');
