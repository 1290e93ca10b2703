import { createServer, type Server } from 'node:http';
import { waitFor } from '@groundswell/testing';
import { TopologyFixture } from './topology-fixture';

/** The real management API under another version. */
class PretendedVersion {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(behind: string, version: () => string): Promise<PretendedVersion> {
    const target = new URL(behind);
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url = '/', headers } = request;
        const isVersion = url === '/api/overview';
        const options = {
          method,
          headers: { authorization: headers.authorization ?? '', 'content-type': 'application/json' },
          body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
        };
        fetch(`${target.origin}${url}`, options)
          .then(async (answer) => {
            const text = await answer.text();
            response.statusCode = answer.status;
            response.end(
              isVersion ? JSON.stringify({ ...(JSON.parse(text) as object), rabbitmq_version: version() }) : text,
            );
          })
          .catch(() => response.destroy());
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new URL(behind);
    url.hostname = '127.0.0.1';
    url.port = String((server.address() as { port: number }).port);
    return new PretendedVersion(server, url.href);
  }

  close(): Promise<unknown> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

describe('a broker', () => {
  let fixture: TopologyFixture;
  let pretended: PretendedVersion;
  let version = '3.9.29';

  beforeAll(async () => {
    fixture = await TopologyFixture.create();
    pretended = await PretendedVersion.start(process.env['TEST_AMQP_MANAGEMENT_URL'] ?? '', () => version);
  });
  afterAll(async () => {
    await fixture.close();
    await pretended.close();
  });

  it('that is known to lose messages gets nothing declared, until it is another one', async () => {
    const service = await fixture.startService({ AMQP_MANAGEMENT_URL: pretended.url });
    const rounds = async () =>
      Number(/rounds_total{.*outcome="failed".*} (\d+)/.exec((await service.get('/metrics')).text)?.[1] ?? 0);
    await waitFor(async () => (await rounds()) >= 3);
    expect((await service.get('/ready')).status).toBe(503);
    expect(await fixture.vhost.look('system.ingest.0')).toBeUndefined();
    expect(await fixture.queueSet('system')).toBeUndefined();

    // Never tried, and nothing known against it: used, with a warning.
    version = '9.0.0';
    await fixture.confirmed('system');
    await waitFor(async () => (await service.get('/ready')).status === 200);
  });
});
