/**
 * Joins of a message `s` of mtt.message_states with what it was made of, as it stands now. All of them may be gone.
 */
export const sourceJoins = `
  left join actions.messages m on m.id = s.message_id
  left join actions.message_contents t on t.id = m.message_content_id
  left join actions.actions a on a.id = m.action_id
  left join actions.supporters p on p.id = a.supporter_id`;

/** Any org that has the person's data erased them since: page's or lead's. */
const isErased = `exists (
  select from catalog.erasures e
    join catalog.campaigns ec on ec.id = s.campaign_id
    left join catalog.action_pages ep on ep.id = a.action_page_id
   where e.ref = s.fingerprint and e.erased_at > s.accepted_at and e.org_id in (ec.org_id, ep.org_id))`;

/** Why the message must not go to its target; null: it may. With the joins above. */
export const unsendableReason = `
  case when a.id is null then 'action deleted'
       when a.processing_status <> 4 or p.processing_status is distinct from 3 then 'action rejected'
       when ${isErased} then 'erased'
       when coalesce(btrim(p.email), '') = '' then 'no address of the supporter'
       when btrim(t.subject) = '' or btrim(t.body) = '' then 'empty subject or body' end`;
