import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Database } from '../src/database';
import { DatabaseAwayError } from '../src/database-fault';

const message = (type: string, body: string | Buffer): Buffer => {
  const content = Buffer.from(body as string);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
};
const welcome = [message('R', Buffer.alloc(4)), message('Z', 'I')];
const farewell = message('E', 'SFATAL\0VFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0');

it('outlives a server that dies in the moment it has let a connection in', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.end(Buffer.concat([...welcome, farewell]))));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const database = new Database(
    { url: `postgres://someone@127.0.0.1:${port}/postgres`, applicationName: 'test', poolSize: 1 },
    { info: () => undefined, warn: () => undefined },
  );
  await database.connect(500);
  await expect(database.query('select 1')).rejects.toThrow(DatabaseAwayError);
  await database.close();
  server.close();
});
