import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { createHttpAdapter } from '../../src/http/http-adapter';
import { PlaygroundModule, type PlaygroundOptions } from '../../src/playground/playground.module';

@Module({})
class TestModule {
  static with(options: PlaygroundOptions): DynamicModule {
    return { module: TestModule, imports: [PlaygroundModule.register(options)] };
  }
}

const start = async (options: PlaygroundOptions = {}): Promise<NestFastifyApplication> => {
  const adapter = await createHttpAdapter({ allowedOrigins: ['*'], trustedProxies: 0 });
  const app = await NestFactory.create<NestFastifyApplication>(TestModule.with(options), adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app;
};

let app: NestFastifyApplication;
beforeAll(async () => {
  app = await start();
});
afterAll(() => app.close());

const get = (path: string, accept = 'text/html,application/xhtml+xml,*/*;q=0.8') =>
  request(app.getHttpServer()).get(path).set('accept', accept);

it('is one page and files of this server, none of another', async () => {
  const page = await get('/graphiql');
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.text).not.toMatch(/https?:|<script>|<style|\son\w+=/);
  const addresses = [...page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, address]) => address as string);
  expect(addresses.map((address) => address.split('/').at(-1))).toEqual([
    'react.js',
    'react-dom.js',
    'graphiql.js',
    'graphiql.css',
    'page.css',
    'start.js',
  ]);
  for (const address of addresses) {
    const asset = await get(address, '*/*').buffer(true);
    expect([asset.status, asset.headers['x-content-type-options']]).toEqual([200, 'nosniff']);
    expect(asset.headers['content-type']).toBe(`text/${address.endsWith('.js') ? 'javascript' : 'css'}; charset=utf-8`);
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  }
  const script = await get(addresses.at(-1) as string, '*/*').buffer(true);
  expect(script.text).toContain("url: '/api'");
});

it('may load and reach nothing but this server, and is framed by nobody', async () => {
  const { headers } = await get('/graphiql');
  const policy = new Map(
    headers['content-security-policy']?.split('; ').map((part) => {
      const [name = '', ...sources] = part.split(' ');
      return [name, sources.join(' ')];
    }),
  );
  expect(policy.get('default-src')).toBe("'none'");
  expect(policy.get('script-src')).toBe("'self'");
  expect(policy.get('connect-src')).toBe("'self'");
  expect(policy.get('frame-ancestors')).toBe("'none'");
  expect(headers['cache-control']).toBe('no-cache');
  expect(headers['vary']).toContain('accept');
});

it('is for browsers', async () => {
  expect((await get('/graphiql', 'application/json')).status).toBe(406);
  expect((await request(app.getHttpServer()).post('/graphiql').send({ query: '{ __typename }' })).status).toBe(404);
  expect((await get('/graphiql/0123456789abcdef/graphiql.js')).status).toBe(404);
});

it('is not there when it is switched off', async () => {
  const off = await start({ isServed: false });
  const { status } = await request(off.getHttpServer()).get('/graphiql').set('accept', 'text/html');
  await off.close();
  expect(status).toBe(404);
});
