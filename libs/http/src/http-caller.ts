import { Agent as HttpAgent, request as requestPlain, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent, request as requestSecure } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Attempt, nameOf } from './attempt';
import type { CallResult, HttpCall, HttpSettings } from './http-call';
import { isPublicAddress, lookUpPublic, publicLookup } from './public-address';

/** One HTTP call per connection: a kept connection that the server closes meanwhile would leave a call unknown for
 *  nothing. TLS sessions are resumed. The request is written only once the connection stands, so a fault before that is
 *  certainly no sent request. Redirects are answers like any other. */
export class HttpCaller {
  private readonly plain = new HttpAgent();
  private readonly secure = new HttpsAgent();
  private readonly underway = new Set<Promise<CallResult>>();
  private readonly lookup: LookupFunction | undefined;

  constructor(private readonly settings: HttpSettings) {
    const { allowPrivate, lookUp } = settings;
    this.lookup = allowPrivate ? lookUp : lookUp ? publicLookup(lookUp) : lookUpPublic;
  }

  async call(call: HttpCall): Promise<CallResult> {
    const fault = this.findFault(call.url);
    if (fault) return { kind: 'misconfigured', error: fault };
    const result = this.run(call);
    this.underway.add(result);
    try {
      return await result;
    } finally {
      this.underway.delete(result);
    }
  }

  /** Waits for the calls under way; each ends by its own timeouts. */
  async close(): Promise<void> {
    await Promise.allSettled(this.underway);
    this.plain.destroy();
    this.secure.destroy();
  }

  private findFault(address: string): string | null {
    if (!URL.canParse(address)) return 'the address of the service is not a URL';
    const { protocol, hostname } = new URL(address);
    if (protocol !== 'https:' && !(protocol === 'http:' && this.settings.allowPrivate)) {
      return 'the address of the service is not https';
    }
    if (this.settings.allowPrivate) return null;
    const ip = hostname.replace(/^\[|\]$/g, '');
    const isPrivate = isIP(ip) === 0 ? /(^|\.)localhost\.?$/.test(hostname) : !isPublicAddress(ip);
    return isPrivate ? 'private address' : null;
  }

  private run(call: HttpCall): Promise<CallResult> {
    return new Promise((resolve) => {
      const attempt = new Attempt(call, this.settings, resolve);
      try {
        attempt.begin(this.open(call));
      } catch (error) {
        // Node refuses what cannot be a header, such as a line break in a key, before it opens anything.
        attempt.end({ kind: 'misconfigured', error: `request: ${nameOf(error as Error)}` });
      }
    });
  }

  private open(call: HttpCall): ClientRequest {
    const { userAgent, trustedCa } = this.settings;
    const length = call.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(call.body)) };
    const options = {
      method: call.method,
      headers: { accept: 'application/json', 'user-agent': userAgent, ...length, ...call.headers },
      ...(this.lookup ? { lookup: this.lookup } : {}),
    };
    // The protocol as the URL parser reads it, not as it is written: capitals and spaces are allowed.
    return new URL(call.url).protocol === 'https:'
      ? requestSecure(call.url, { ...options, agent: this.secure, ...(trustedCa ? { ca: trustedCa } : {}) })
      : requestPlain(call.url, { ...options, agent: this.plain });
  }
}
