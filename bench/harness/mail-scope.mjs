import { connectTo } from './database.mjs';

/** What a thank-you of the demo page knows; as the consumers of email-delivery put it into a row. */
const variablesOf = (scope) => ({
  ref: 'x'.repeat(43),
  firstName: 'Harald',
  lastName: '',
  email: 'supporter@example.org',
  isDupe: false,
  org: { name: scope.orgName, title: scope.orgTitle },
  campaign: { name: scope.campaignName, title: scope.campaignTitle, stats: { supporterCount: 0 } },
  actionPage: { name: scope.pageName, locale: 'en' },
  actionType: 'register',
  isActionType: { register: true },
  createdAt: '2025-01-31 10:20:30Z',
  tracking: { source: 'newsletter', medium: 'email', campaign: 'autumn', content: 'button-2', location: null },
  variant: {},
  privacy: { optIn: true, givenAt: null, emailStatus: null, emailStatusChanged: null, withConsent: true },
  fields: { comment: 'Because it is time, and because we can.' },
  comment: 'Because it is time, and because we can.',
  confirmLink: '',
  doiLink: `https://campaign.example.org/link/d/1/double-opt-in/${'x'.repeat(43)}`,
  rejectLink: '',
});

/** The bench's org mails through the sink. `password` is sealed as the product reads it. */
export async function useMailServer(databaseUrl, scope, { port, password }) {
  const database = await connectTo(databaseUrl);
  try {
    await database.query('begin');
    const { rows } = await database.query(
      `insert into catalog.services (org_id, name, host, "user", password) values ($1, 'smtp', $2, 'sender', $3) returning id`,
      [scope.orgId, `ssl://localhost:${port}`, password],
    );
    await database.query(
      `update catalog.orgs set email_backend_id = $2, email_from = 'office@bench.example.org' where id = $1`,
      [scope.orgId, rows[0].id],
    );
    await database.query('commit');
  } finally {
    await database.end();
  }
}

/** Empty tables, then so many thank-yous that are due. */
export async function fillDeliveries(database, scope, count) {
  await database.query('truncate mail.deliveries cascade');
  await database.query(
    `insert into mail.deliveries (purpose, kind, custom_id, org_id, campaign_id, page_id, action_id, template, locale,
            recipient, variables, not_after, next_attempt_at)
     select 'supporter:thank_you:' || n, 'thank_you', 'action:' || n, $1, $2, $3, n, 'thank_you', 'en',
            jsonb_build_object('email', 'supporter.' || lpad(n::text, 9, '0') || '@example.org', 'name', 'Harald'),
            $4::jsonb || jsonb_build_object('actionId', n), now() + interval '3 days', now()
       from generate_series(1, $5::int) as n`,
    [scope.orgId, scope.campaignId, scope.pageId, JSON.stringify(variablesOf(scope)), count],
  );
  await database.query('analyze mail.deliveries');
  await database.query('checkpoint');
}
