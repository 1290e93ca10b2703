import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { waitFor } from '@groundswell/testing';
import { GatewayFleet } from './gateway.fixture';

let fleet: GatewayFleet;
beforeAll(async () => (fleet = await GatewayFleet.create()));
afterAll(() => fleet.close());

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const exportActions = 'query ($orgName: String!) { exportActions(orgName: $orgName) { actionId } }';

it('shows at a port of its own what came of requests, and what it stands on', async () => {
  const port = await freePort();
  const { pageId, orgId } = await fleet.insertPage();
  const owner = await fleet.addOwner(orgId);
  const gateway = await fleet.start({ ENABLE_TELEMETRY: 'true', METRICS_PORT: String(port), HOST: '127.0.0.1' });
  // The keys that were made at the start are known.
  await fleet.copyIsCurrent();
  await gateway.isReady();
  const text = async (): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/plain')]);
    return answer.text();
  };
  const shows = (line: RegExp) => waitFor(async () => line.test(await text()));

  expect((await gateway.sign(pageId)).errors).toBeUndefined();
  expect((await gateway.sign(pageId + 1)).errors).toHaveLength(1);
  expect((await gateway.post(exportActions, { orgName: 'act_org_bees' }, owner)).errors).toBeUndefined();
  await gateway.http.get('/nowhere/harald@example.org');

  await shows(/^groundswell_gateway_accepted_total\{path="broker",service="api-gateway"\} 1$/m);
  await shows(/^groundswell_published_total\{exchange="ingest",status="confirmed",service="api-gateway"\} [1-9]/m);
  await shows(/^groundswell_http_requests_total\{route="\/api",method="POST",status="2xx",service="api-gateway"\} 3$/m);
  await shows(/^groundswell_http_requests_total\{route="none",method="GET",status="4xx",service="api-gateway"\} 1$/m);
  await shows(/^groundswell_graphql_answers_total\{operation="mutation",outcome="ok",service="api-gateway"\} 1$/m);
  await shows(/^groundswell_graphql_answers_total\{operation="mutation",outcome="errors",service="api-gateway"\} 1$/m);
  await shows(/^groundswell_gateway_cache_lookups_total\{cache="documents",result="hit",service="api-gateway"\} 1$/m);
  await shows(new RegExp(`^proca_exporter_export_actions_count\\{org_id="${orgId}",service="api-gateway"\\} 1$`, 'm'));
  await shows(
    /^groundswell_(broker_up\{connection="publish"|database_up\{pool="main"|redis_up\{use="limits"),.*\} 1$/m,
  );
  await shows(/^proca_repo_query_query_time_count\{service="api-gateway"\} [1-9]/m);
  expect(await text()).not.toContain('harald');

  // It closes with the rest.
  await fleet.stop(gateway);
  await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
});
