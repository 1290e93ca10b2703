// Certificates are made by the test tools of the whole repository, and the tools have no package name to import them by.
/* eslint-disable @nx/enforce-module-boundaries -- see above */
import { createServer as createHttpServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { makeSelfSigned } from '../../../../tools/mail-servers/self-signed';

export interface ReceivedPost {
  method: string | undefined;
  path: string | undefined;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Endpoints of orgs on loopback, whole or broken. */
export class WebhookServers {
  /** What reached `http` and `https` ones, whole. */
  readonly posts: ReceivedPost[] = [];
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();

  /** Answers after the whole request has come. */
  async http(listener: RequestListener): Promise<string> {
    return `http://127.0.0.1:${await this.listen(createHttpServer(this.recorded(listener)))}`;
  }

  /** With a certificate of its own making, for `name`. */
  async https(listener: RequestListener, name = 'localhost'): Promise<{ url: string; cert: string }> {
    const { key, cert } = makeSelfSigned(name);
    const port = await this.listen(createHttpsServer({ key, cert }, this.recorded(listener)));
    return { url: `https://${name}:${port}`, cert };
  }

  /** Whatever `onRequest` writes once the first bytes came. */
  async raw(onRequest: (socket: Socket) => void): Promise<string> {
    const server = createServer((socket) => void socket.once('data', () => onRequest(socket)));
    return `http://127.0.0.1:${await this.listen(server)}`;
  }

  /** An address that nobody listens at. */
  async deserted(): Promise<string> {
    const server = createServer();
    const port = await this.listen(server);
    await new Promise((resolve) => server.close(resolve));
    return `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
    this.posts.length = 0;
    await Promise.all(this.servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  }

  private recorded(listener: RequestListener): RequestListener {
    return (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('error', () => undefined);
      request.on('end', () => {
        const { method, url: path, headers } = request;
        this.posts.push({ method, path, headers, body: Buffer.concat(chunks) });
        listener(request, response);
      });
    };
  }

  private async listen(server: Server): Promise<number> {
    this.servers.push(server);
    server.on('connection', (socket) => this.sockets.add(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }
}
