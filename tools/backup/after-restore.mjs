/** How far sequences jump. More than anything gives away between a backup and what it is needed for. */
export const SEQUENCE_GAP = 1_000_000;

const sequences = `
select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'S' and n.nspname = any($1) order by 1`;

/**
 * Ids that were given away after the backup are known elsewhere: a CRM drops a message whose id it has seen. So no id of that time
 * is given away again.
 */
async function jumpAhead(query, schemas) {
  const rows = await query(sequences, [schemas]);
  for (const { name } of rows)
    await query(`select setval('${name}', (select last_value from ${name}) + ${SEQUENCE_GAP})`);
  return rows.length;
}

/**
 * Mails that waited or were on their way at the time of the backup may have been sent since: nobody is mailed twice, so a person decides
 * (design.md §1.2). Mailings stop where they stood, mail to targets pauses.
 */
async function holdMails(query, at) {
  const why = `may have been sent: restored from a backup of ${at}`;
  const mails = await query(
    `update mail.deliveries set state = 'unknown', error = $1, claimed_by = null, claimed_until = null, updated_at = now()
      where state in ('queued', 'sending') returning id`,
    [why],
  );
  const mailings = await query(
    `update mail.mailings set stop_asked_at = now(), updated_at = now()
      where state in ('open', 'pending', 'submitting') and stop_asked_at is null returning id`,
  );
  const campaigns = await query(
    `update catalog.mtt m set paused_at = now()
      where paused_at is null
        and exists (select from mtt.message_states s where s.campaign_id = m.campaign_id and s.state in ('pending', 'sending'))
      returning campaign_id`,
  );
  return {
    mails: mails.length,
    mailings: mailings.length,
    campaigns: campaigns.map(({ campaign_id: id }) => Number(id)),
  };
}

/** What has to be done to a database that is of an earlier time than the world around it, in one transaction, before any service starts. */
export async function settleRestored(query, { schemas, backupAt, holdsMails }) {
  await query('begin');
  const jumped = await jumpAhead(query, schemas);
  const held = holdsMails ? await holdMails(query, backupAt) : null;
  await query('commit');
  return { jumped, held };
}
