/**
 * SQL: whether an address of a target takes mail. `address`: the alias of its row of catalog.target_emails. One that no mail was
 * asked for has no state yet.
 */
export const takesMail = (address: string): string => `
  not ${address}.disabled and not exists (
    select from mtt.target_email_states es
     where es.target_email_id = ${address}.id and es.status not in ('none', 'active'))`;
