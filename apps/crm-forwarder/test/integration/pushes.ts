import { waitFor } from '@groundswell/testing';
import type { ForwarderFixture, PushRow, TestOrg } from './forwarder-fixture';

/** As taking over leaves them. */
export async function somePushes(
  fixture: ForwarderFixture,
  { id, name }: TestOrg,
  count: number,
  columns: Record<string, unknown> = {},
): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const messageId = fixture.unique(`${name}-`);
    const body = JSON.stringify({ schema: 'proca:action:2', messageId });
    await fixture.insert('forwarder.pushes', { org_id: id, message_id: messageId, kind: 'action', body, ...columns });
    ids.push(messageId);
  }
  return ids;
}

export const onePush = async (fixture: ForwarderFixture, org: TestOrg, columns = {}): Promise<string> =>
  (await somePushes(fixture, org, 1, columns))[0] as string;

/** Once all of an org's pushes are in that state. */
export const allAre = (fixture: ForwarderFixture, org: TestOrg, state: PushRow['state']): Promise<PushRow[]> =>
  waitFor(async () => {
    const rows = await fixture.pushes(org.id);
    return rows.every((row) => row.state === state) && rows;
  });

export interface AttemptRow {
  attempt: number;
  outcome: string;
  status: number | null;
  error: string | null;
  excerpt: string | null;
  latencyMs: number;
  serviceId: number;
}

export async function attemptsOf(fixture: ForwarderFixture, org: TestOrg): Promise<AttemptRow[]> {
  const { rows } = await fixture.sql.query<AttemptRow>(
    `select attempt, outcome, status, error, excerpt, latency_ms as "latencyMs", service_id::int as "serviceId"
       from forwarder.push_attempts where org_id = $1 order by id`,
    [org.id],
  );
  return rows;
}

export interface EndpointRow {
  disabledAt: Date | null;
  disabledReason: string | null;
  failuresInRow: number;
  restsInRow: number;
  /** Seconds from now. */
  restS: number | null;
}

export async function endpointOf(
  fixture: ForwarderFixture,
  { serviceId }: { serviceId: number },
): Promise<EndpointRow | undefined> {
  const { rows } = await fixture.sql.query<EndpointRow>(
    `select disabled_at as "disabledAt", disabled_reason as "disabledReason", failures_in_row as "failuresInRow",
            rests_in_row as "restsInRow", extract(epoch from rests_until - now())::float8 as "restS"
       from forwarder.endpoints where service_id = $1`,
    [serviceId],
  );
  return rows[0];
}

/** Once it is disabled. */
export const disabled = (fixture: ForwarderFixture, org: { serviceId: number }): Promise<EndpointRow> =>
  waitFor(async () => {
    const endpoint = await endpointOf(fixture, org);
    return endpoint?.disabledAt ? endpoint : undefined;
  });
