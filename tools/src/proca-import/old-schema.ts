/** One table of a Proca server as processing.md §1 describes it. `id` is its first column, of the type named here. */
export interface OldTable {
  id: 'bigint' | 'uuid';
  /** Its rows are large. */
  isBulky?: boolean;
  /** Column → definition, as DDL writes it. A server that lacks one of these cannot be read. */
  columns: Readonly<Record<string, string>>;
  /** Columns some servers lack: §1 names what they hold, not how they are called. */
  optional?: Readonly<Record<string, string>>;
  constraints?: readonly string[];
  /** Columns with an index of their own. */
  indexes?: readonly string[];
}

const text = 'varchar(255)';
const flag = 'boolean not null default false';
const config = `jsonb not null default '{}'`;
const times = {
  inserted_at: 'timestamp(0) not null default now()',
  updated_at: 'timestamp(0) not null default now()',
};
/** To `services`, which name an org themselves: the constraint is added once both are there. */
const backends = [
  'email_backend_id',
  'transactional_email_backend_id',
  'storage_backend_id',
  'event_backend_id',
  'detail_backend_id',
  'push_backend_id',
] as const;

/**
 * What the import reads, in an order in which each table comes after those it refers to. Describes the generated database of the
 * tests too (old-database.ts), so the two never differ.
 */
export const oldTables = {
  orgs: {
    id: 'bigint',
    isBulky: true,
    columns: {
      name: 'citext not null unique',
      title: `${text} not null`,
      contact_schema: 'int not null default 0',
      action_schema_version: 'smallint not null default 2',
      high_security: flag,
      doi_thank_you: flag,
      ...Object.fromEntries(backends.map((name) => [name, 'bigint'])),
      email_from: text,
      reply_enabled: 'boolean default true',
      sender_rewrite: 'boolean default true',
      supporter_confirm: flag,
      supporter_confirm_template: text,
      custom_supporter_confirm: flag,
      custom_action_confirm: flag,
      custom_action_deliver: flag,
      custom_event_deliver: flag,
      config,
      ...times,
    },
  },
  services: {
    id: 'bigint',
    columns: {
      org_id: 'bigint not null references orgs on delete cascade',
      name: `${text} not null`,
      host: `${text} not null default ''`,
      user: `${text} not null default ''`,
      password: `${text} not null default ''`,
      path: text,
      ...times,
    },
    optional: { sending_from: text, transactional_email_budget: 'int' },
    indexes: ['org_id'],
  },
  public_keys: {
    id: 'bigint',
    columns: {
      org_id: 'bigint not null references orgs on delete cascade',
      name: `${text} not null`,
      public: 'bytea not null',
      private: 'bytea',
      active: flag,
      expired: flag,
      ...times,
    },
    indexes: ['org_id'],
  },
  users: {
    id: 'bigint',
    columns: {
      email: 'citext not null unique',
      external_id: `${text} unique`,
      hashed_password: `${text} not null`,
      confirmed_at: 'timestamp(0)',
      perms: 'int not null default 0',
      picture_url: text,
      job_title: text,
      phone: 'text',
      ...times,
    },
  },
  users_tokens: {
    id: 'bigint',
    columns: {
      user_id: 'bigint not null references users on delete cascade',
      token: 'bytea not null',
      context: `${text} not null`,
      sent_to: text,
      inserted_at: times.inserted_at,
    },
    constraints: ['unique (context, token)'],
    indexes: ['user_id'],
  },
  staffers: {
    id: 'bigint',
    columns: {
      user_id: 'bigint not null references users on delete cascade',
      org_id: 'bigint not null references orgs on delete cascade',
      perms: 'int not null default 0',
      last_signin_at: 'timestamp(0)',
      ...times,
    },
    constraints: ['unique (org_id, user_id)'],
  },
  email_templates: {
    id: 'bigint',
    isBulky: true,
    columns: {
      org_id: 'bigint not null references orgs on delete cascade',
      name: `${text} not null`,
      locale: `${text} not null`,
      subject: text,
      html: 'text',
      text: 'text',
      ...times,
    },
    optional: { external_id: text },
    constraints: ['unique (org_id, name, locale)'],
  },
  campaigns: {
    id: 'bigint',
    isBulky: true,
    columns: {
      name: 'citext not null unique',
      external_id: 'int',
      title: `${text} not null`,
      org_id: 'bigint references orgs on delete set null',
      status: 'int not null default 0',
      force_delivery: flag,
      public_actions: `text[] not null default '{}'`,
      transient_actions: `text[] not null default '{}'`,
      contact_schema: 'int not null default 0',
      config,
      supporter_confirm: 'boolean',
      supporter_confirm_template: text,
      action_confirm: 'boolean',
      start_date: 'date',
      end_date: 'date',
      ...times,
    },
    constraints: ['unique (org_id, external_id)'],
  },
  mtt: {
    id: 'bigint',
    columns: {
      campaign_id: 'bigint not null references campaigns on delete cascade',
      start_at: 'timestamp(0) not null',
      end_at: 'timestamp(0) not null',
      stats: config,
      message_template: text,
      test_email: text,
      cc_contacts: `text[] not null default '{}'`,
      cc_sender: flag,
      ...times,
    },
    optional: {
      max_emails_per_hour: 'int',
      timezone: `${text} not null default 'Etc/UTC'`,
      drip_delivery: 'boolean default true',
    },
  },
  action_pages: {
    id: 'bigint',
    isBulky: true,
    columns: {
      name: 'citext not null unique',
      locale: `${text} not null`,
      org_id: 'bigint not null references orgs on delete restrict',
      campaign_id: 'bigint not null references campaigns on delete restrict',
      delivery: 'boolean not null default true',
      live: flag,
      extra_supporters: 'int not null default 0',
      thank_you_template: text,
      supporter_confirm_template: text,
      duplicate_template: text,
      config,
      ...times,
    },
  },
  targets: {
    id: 'uuid',
    columns: {
      external_id: `${text} not null unique`,
      name: `${text} not null`,
      locale: text,
      area: text,
      fields: config,
      campaign_id: 'bigint references campaigns',
      ...times,
    },
    indexes: ['campaign_id'],
  },
  target_emails: {
    id: 'bigint',
    columns: {
      target_id: 'uuid not null references targets on delete cascade',
      email: `${text} not null`,
      ...times,
    },
    optional: { email_status: 'smallint not null default 0', error: text, soft_bounce_count: 'int not null default 0' },
    indexes: ['target_id'],
  },
  confirms: {
    id: 'bigint',
    columns: {
      operation: 'int not null',
      subject_id: 'bigint not null',
      object_id: 'bigint',
      email: text,
      code: `${text} not null unique`,
      charges: 'int not null default 1',
      message: 'text',
      creator_id: 'bigint references users on delete set null',
      ...times,
    },
  },
  sources: {
    id: 'bigint',
    columns: {
      source: `${text} not null`,
      medium: `${text} not null`,
      campaign: `${text} not null default 'unknown'`,
      content: `${text} not null default ''`,
      location: `${text} not null default ''`,
      ...times,
    },
    constraints: ['unique (source, medium, campaign, content, location)'],
  },
  supporters: {
    id: 'bigint',
    columns: {
      campaign_id: 'bigint not null references campaigns on delete restrict',
      action_page_id: 'bigint not null references action_pages on delete restrict',
      source_id: 'bigint references sources on delete set null',
      fingerprint: 'bytea not null',
      first_name: text,
      last_name: text,
      email: text,
      address: text,
      area: 'varchar(32)',
      processing_status: 'int not null default 0',
      email_status: 'smallint not null default 0',
      email_status_changed: 'timestamp(0)',
      dupe_rank: 'int',
      ...times,
    },
    indexes: ['campaign_id', 'action_page_id', 'fingerprint', 'processing_status', 'dupe_rank'],
  },
  contacts: {
    id: 'bigint',
    columns: {
      supporter_id: 'bigint not null references supporters on delete cascade',
      org_id: 'bigint references orgs on delete set null',
      payload: 'bytea',
      crypto_nonce: 'bytea',
      public_key_id: 'bigint references public_keys',
      sign_key_id: 'bigint references public_keys',
      communication_consent: 'boolean',
      communication_scopes: `text[] default '{}'`,
      delivery_consent: flag,
      ...times,
    },
    indexes: ['supporter_id', 'org_id'],
  },
  actions: {
    id: 'bigint',
    columns: {
      ref: 'bytea',
      supporter_id: 'bigint references supporters on delete cascade',
      action_type: `${text} not null`,
      campaign_id: 'bigint references campaigns on delete set null',
      action_page_id: 'bigint not null references action_pages on delete restrict',
      source_id: 'bigint references sources on delete set null',
      with_consent: flag,
      fields: `${config} check (pg_column_size(fields) <= 5120)`,
      processing_status: 'int not null default 0',
      testing: flag,
      ...times,
    },
    indexes: ['ref', 'supporter_id', 'action_type', 'campaign_id', 'action_page_id', 'processing_status'],
  },
  donations: {
    id: 'bigint',
    columns: {
      action_id: 'bigint not null references actions on delete cascade',
      schema: 'int',
      payload: 'jsonb not null',
      amount: 'int not null',
      currency: `char(3) not null default 'EUR'`,
      frequency_unit: 'int not null default 0',
      ...times,
    },
    indexes: ['action_id'],
  },
  message_contents: {
    id: 'bigint',
    columns: { subject: `text not null default ''`, body: `text not null default ''` },
  },
  messages: {
    id: 'bigint',
    columns: {
      action_id: 'bigint not null references actions on delete cascade',
      message_content_id: 'bigint not null references message_contents on delete cascade',
      target_id: 'uuid not null references targets on delete restrict',
      files: `text[] not null default '{}'`,
      sent: flag,
      ...times,
    },
    optional: { delivered: flag, opened: flag, clicked: flag },
    indexes: ['action_id', 'message_content_id', 'target_id'],
  },
} as const satisfies Record<string, OldTable>;

export type OldTableName = keyof typeof oldTables;

export const oldTableNames = Object.keys(oldTables) as OldTableName[];

export const oldTable = (name: OldTableName): OldTable => oldTables[name];

/** Statements that make an empty database of that schema. */
export function oldSchemaStatements(): string[] {
  const statements = ['create extension if not exists citext'];
  for (const name of oldTableNames) {
    const { id, columns, optional = {}, constraints = [], indexes = [] } = oldTable(name);
    const idType = id === 'bigint' ? 'bigserial' : 'uuid';
    const lines = Object.entries({ ...columns, ...optional }).map(([column, type]) => `"${column}" ${type}`);
    statements.push(`create table ${name} (id ${idType} primary key, ${[...lines, ...constraints].join(', ')})`);
    for (const column of indexes) statements.push(`create index on ${name} ("${column}")`);
  }
  for (const column of backends) {
    statements.push(`alter table orgs add foreign key (${column}) references services on delete set null`);
  }
  return statements;
}

export { backends as orgBackends };
