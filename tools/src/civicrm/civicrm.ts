/** A call that CiviCRM did not answer with rows. */
export class CiviCrmError extends Error {}

/** CiviCRM's APIv4 over HTTP, with the API key of a user. */
export class CiviCrm {
  constructor(
    private readonly site: URL,
    private readonly apiKey: string,
    private readonly timeoutMs: number,
  ) {}

  /** Rows of the answer. Throws at any fault: CiviCRM says 500 both when it is broken and when it dislikes a record. */
  async call<Row>(entity: string, action: string, params: object): Promise<Row[]> {
    const response = await fetch(`${this.site.href.replace(/\/$/, '')}/civicrm/ajax/api4/${entity}/${action}`, {
      method: 'POST',
      headers: { 'X-Civi-Auth': `Bearer ${this.apiKey}`, 'X-Requested-With': 'XMLHttpRequest' },
      body: new URLSearchParams({ params: JSON.stringify(params) }),
      redirect: 'error',
      signal: AbortSignal.timeout(this.timeoutMs),
    });
    const text = await response.text();
    const answer = parsed(text);
    if (response.ok && Array.isArray(answer?.values)) return answer.values as Row[];
    const said = answer?.error_message ?? text.slice(0, 100);
    throw new CiviCrmError(`${entity}.${action} answered ${response.status}: ${said}`);
  }
}

/** Null for a page, as a proxy or the website around CiviCRM may answer. */
function parsed(text: string): { values?: unknown; error_message?: string } | null {
  try {
    return JSON.parse(text) as { values?: unknown; error_message?: string };
  } catch {
    return null;
  }
}
