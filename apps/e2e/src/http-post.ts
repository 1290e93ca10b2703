import { request, type Agent } from 'node:http';

/** Posts JSON text and returns the answer's body. Rejects when the connection breaks or nothing comes within 10 s. */
export const post = (agent: Agent, url: string, body: string, headers: Record<string, string> = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const all = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers };
    const call = request(url, { method: 'POST', agent, headers: all, timeout: 10_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    call.on('timeout', () => call.destroy(new Error('no answer in 10 s')));
    call.on('error', reject);
    call.end(body);
  });
