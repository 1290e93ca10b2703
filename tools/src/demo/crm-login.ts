import { Client } from 'pg';
import { cryptoReady, SecretEnvelope } from '@groundswell/crypto';

const tryEveryMs = 200;

/** Waits until topology-service has made the org's broker user, and returns the URL it reads its queues with. */
export async function waitForCrmLogin(
  settings: { databaseUrl: string; amqpUrl: string; envelopeKey: string },
  orgId: number,
  deadlineMs: number,
): Promise<string> {
  await cryptoReady();
  const envelope = SecretEnvelope.fromText(settings.envelopeKey);
  const client = new Client({ connectionString: settings.databaseUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    for (const until = Date.now() + deadlineMs; Date.now() < until;) {
      const { rows } = await client.query<{ username: string; password: string }>(
        `select u.username, u.password from topology.broker_users u
           join topology.queue_sets q on q.scope = 'org:' || u.org_id and q.state = 'confirmed'
          where u.org_id = $1`,
        [orgId],
      );
      const [user] = rows;
      if (user) {
        const url = new URL(settings.amqpUrl);
        url.username = user.username;
        url.password = envelope.open(user.password).toString('utf8');
        return url.href;
      }
      await new Promise((resolve) => setTimeout(resolve, tryEveryMs));
    }
    throw new Error(`org ${orgId} has no confirmed queues after ${deadlineMs} ms: see the log of topology-service`);
  } finally {
    await client.end();
  }
}
