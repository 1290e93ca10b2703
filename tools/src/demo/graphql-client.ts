/** One GraphQL call over HTTP, as any client makes it. Throws with the server's messages. */
export class GraphqlClient {
  constructor(
    private readonly gatewayUrl: string,
    private readonly authorization?: string,
  ) {}

  static basic(gatewayUrl: string, email: string, password: string): GraphqlClient {
    return new GraphqlClient(gatewayUrl, `Basic ${Buffer.from(`${email}:${password}`).toString('base64')}`);
  }

  static token(gatewayUrl: string, token: string): GraphqlClient {
    return new GraphqlClient(gatewayUrl, `Bearer ${token}`);
  }

  async call<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const response = await fetch(`${this.gatewayUrl}/api`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.authorization && { authorization: this.authorization }),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(10_000),
    });
    const answer = (await response.json()) as { data?: Data; errors?: { message: string; path?: unknown[] }[] };
    if (answer.errors?.length || !answer.data) {
      const texts = answer.errors?.map(({ message, path }) => `${path?.join('.') ?? 'request'}: ${message}`) ?? [];
      throw new Error(`HTTP ${response.status}: ${texts.join('; ')}`);
    }
    return answer.data;
  }
}
