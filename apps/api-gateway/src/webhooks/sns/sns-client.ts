import { X509Certificate, type KeyObject } from 'node:crypto';

const timeoutMs = 5_000;
const largestAnswer = 64 * 1_024;
/** Amazon has one certificate at a time for each region. */
const certificatesKept = 50;

/** Calls Amazon SNS. Its certificates are fetched once. Rejects when it cannot be reached, or answers something else. */
export class SnsClient {
  private readonly keys = new Map<string, Promise<KeyObject>>();

  signingKey(url: URL): Promise<KeyObject> {
    const known = this.keys.get(url.href);
    if (known) return known;
    const oldest = this.keys.keys().next();
    if (this.keys.size >= certificatesKept && !oldest.done) this.keys.delete(oldest.value);
    const key = get(url).then((pem) => new X509Certificate(pem).publicKey);
    this.keys.set(url.href, key);
    key.catch(() => this.keys.delete(url.href));
    return key;
  }

  async confirmSubscription(url: URL): Promise<void> {
    await get(url);
  }
}

async function get(url: URL): Promise<Buffer> {
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
  if (answer.status !== 200) {
    await answer.body?.cancel();
    throw new Error(`SNS answered ${answer.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > largestAnswer) throw new Error('SNS answered too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
