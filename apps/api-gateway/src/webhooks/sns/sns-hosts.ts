const amazonHost = /^sns\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/;

/** Which addresses in a message of SNS are believed to be Amazon's. Anybody may sign with a certificate of their own, and a
 *  call to any other address would be made by us in a stranger's name. */
export class SnsHosts {
  /** `origin`: SNS_ORIGIN, in place of Amazon's; for tests. */
  constructor(private readonly origin: string | null = null) {}

  /** Null for an address elsewhere. */
  trusted(text: string): URL | null {
    const url = URL.canParse(text) ? new URL(text) : null;
    if (!url || url.username !== '' || url.password !== '') return null;
    if (this.origin !== null) return url.origin === new URL(this.origin).origin ? url : null;
    return url.protocol === 'https:' && url.port === '' && amazonHost.test(url.hostname) ? url : null;
  }
}
