import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const field = (name: string, label: string, value = ''): string => {
  const id = label.toLowerCase().replaceAll(' ', '-');
  return `<p><label for="${id}">${label}</label> <input id="${id}" name="${name}" value="${value}"></p>`;
};

const pageHtml = (api: string, actionPage: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Save the river</title>
    <link rel="icon" href="data:," />
    <style>
      body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
      form { margin: 1rem 0 }
      form p { display: grid; grid-template-columns: 8rem 1fr 14rem; gap: .5rem; margin: .25rem 0 }
      [role=alert] { color: #b91c1c }
    </style>
  </head>
  <body data-api="${api}" data-action-page="${actionPage}">
    <h1>Save the river</h1>
    <p><output id="count"></output></p>
    <p><output id="said"></output> <output id="opted-in"></output></p>
    <form id="petition" novalidate>
      ${field('firstName', 'First name')} ${field('lastName', 'Last name')} ${field('email', 'Email')}
      ${field('phone', 'Phone')} ${field('country', 'Country')} ${field('postcode', 'Postcode')}
      ${field('street', 'Street')} ${field('comment', 'Comment')}
      <button>Sign</button>
    </form>
    <button id="share">Share</button>
    <form id="donation" novalidate>
      ${field('firstName', 'Name of giver')} ${field('email', 'Email of giver')}
      ${field('amount', 'Amount', '5')} ${field('frequency', 'Frequency', 'oneoff')}
      <button>Donate</button>
    </form>
    <script type="module" src="/petition-page.mjs"></script>
  </body>
</html>`;

/** Web server of somebody who has put a petition on their page: another host and port than the API's. */
export class PetitionSite {
  private constructor(private readonly server: Server) {}

  /** The API's address is compiled into the page, as the widget's is. */
  static async start(api: string): Promise<PetitionSite> {
    const script = await readFile(join('apps', 'e2e', 'src', 'petition-page.mjs'));
    const server = createServer(({ url = '/' }, response) => {
      const { pathname } = new URL(url, 'http://localhost');
      const isScript = pathname === '/petition-page.mjs';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : pageHtml(api, /^\/act\/(\d+)$/.exec(pathname)?.[1] ?? ''));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new PetitionSite(server);
  }

  get origin(): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  /** Where the petition of an action page is. */
  address(actionPage: number): string {
    return `${this.origin}/act/${actionPage}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
