/** How long a provider may take for its answer, ms. */
export const providerTimeoutMs = 5_000;

export type FormAnswer =
  | { status: number; /** Null when the body is no JSON object. */ body: Record<string, unknown> | null }
  /** No answer: `timeout`, or the connection failed. */
  | 'timeout'
  | 'unreachable';

/** Posts a form and reads the JSON of the answer. A connection that fails is tried once more; a provider that is silent is
 *  not, since it may have taken the code, which counts only once. */
export async function postForm(url: string, fields: Record<string, string>): Promise<FormAnswer> {
  const first = await attempt(url, fields);
  return first === 'unreachable' ? attempt(url, fields) : first;
}

async function attempt(url: string, fields: Record<string, string>): Promise<FormAnswer> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(providerTimeoutMs),
    });
    return { status: answer.status, body: objectOf(await answer.text()) };
  } catch (error) {
    return (error as { name?: unknown }).name === 'TimeoutError' ? 'timeout' : 'unreachable';
  }
}

function objectOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
