/** Where secrets stand that SecretEnvelope sealed: what a rotation seals anew, and doctor opens. Null and empty texts are none. */
export interface SealedColumn {
  table: string;
  /** Column that names a row: a whole number. */
  key: string;
  column: string;
}

export const sealedColumns: readonly SealedColumn[] = [
  { table: 'catalog.services', key: 'id', column: 'password' },
  { table: 'catalog.services', key: 'id', column: 'signing_secret' },
  { table: 'catalog.services', key: 'id', column: 'previous_signing_secret' },
  { table: 'catalog.public_keys', key: 'id', column: 'private' },
  { table: 'topology.broker_users', key: 'org_id', column: 'password' },
  { table: 'mail.address_key', key: 'id', column: 'sealed' },
];
