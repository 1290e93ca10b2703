import { randomBytes } from 'node:crypto';
import { waitUntil } from '../../tools/process/wait.mjs';
import { connectTo } from './database.mjs';

export const ORG = 'bench';

/**
 * The campaign everything is signed on, written as the database's owner: an org with `ORG.crm` on, an active encryption key of
 * which nobody has the other half, one campaign without confirmations, one live page. Ids and texts as the bodies need them.
 */
export async function seedCatalogue(databaseUrl) {
  const database = await connectTo(databaseUrl);
  const insert = async (text, values) => (await database.query(`${text} returning id`, values)).rows[0].id;
  try {
    const scope = {
      orgName: ORG,
      orgTitle: 'Bench Organisation',
      campaignName: 'bench-campaign',
      campaignTitle: 'A campaign to measure',
      pageName: 'bench/sign',
      orgPublicKey: randomX25519PublicKey(),
    };
    await database.query('begin');
    scope.orgId = Number(
      await insert('insert into catalog.orgs (name, title, custom_action_deliver) values ($1, $2, true)', [
        scope.orgName,
        scope.orgTitle,
      ]),
    );
    scope.encryptKeyId = Number(
      await insert('insert into catalog.public_keys (org_id, name, public, active) values ($1, $2, $3, true)', [
        scope.orgId,
        'bench',
        scope.orgPublicKey,
      ]),
    );
    scope.campaignId = Number(
      await insert('insert into catalog.campaigns (name, title, org_id, status) values ($1, $2, $3, 1)', [
        scope.campaignName,
        scope.campaignTitle,
        scope.orgId,
      ]),
    );
    scope.pageId = Number(
      await insert(
        `insert into catalog.action_pages (name, locale, org_id, campaign_id, live) values ($1, 'en', $2, $3, true)`,
        [scope.pageName, scope.orgId, scope.campaignId],
      ),
    );
    await database.query('commit');
    scope.signKeyId = await instanceKeyId(database, scope);
    return scope;
  } finally {
    await database.end();
  }
}

/** Bytes below 2^255 that are no low-order point: every such string is a usable X25519 public key. */
function randomX25519PublicKey() {
  const bytes = randomBytes(32);
  bytes[31] &= 0x7f;
  return bytes;
}

/** The instance org's active key, which the gateway made at its first boot; without the product, any key will do. */
async function instanceKeyId(database, scope) {
  const { rows } = await database.query(
    'select id from catalog.public_keys where active and org_id <> $1 order by id',
    [scope.orgId],
  );
  return rows.length > 0 ? Number(rows[0].id) : scope.encryptKeyId;
}

/** Waits until topology-service has confirmed the system's queues and this org's: until then the gateway spools. */
export async function untilTopologyConfirmed(databaseUrl, orgId, signal) {
  const database = await connectTo(databaseUrl);
  const scopes = ['system', `org:${orgId}`];
  const isConfirmed = async () => {
    const { rows } = await database.query(
      `select scope from topology.queue_sets where state = 'confirmed' and scope = any($1)`,
      [scopes],
    );
    return rows.length === scopes.length;
  };
  try {
    await waitUntil(`topology of ${scopes.join(' and ')} is confirmed`, isConfirmed, {
      deadlineMs: 90_000,
      everyMs: 200,
      signal,
    });
  } finally {
    await database.end();
  }
}
