export interface ApiError {
  message: string;
  path?: (string | number)[];
  extensions?: Record<string, unknown>;
}
export interface ApiAnswer<Data> {
  status: number;
  data: Data | null | undefined;
  errors: ApiError[];
}

/** The API as a client sees it: every answer with its status, its data and its errors. */
export class ApiClient {
  constructor(
    readonly gatewayUrl: string,
    private readonly authorization?: string,
  ) {}

  static basic = (url: string, email: string, password: string): ApiClient =>
    new ApiClient(url, `Basic ${Buffer.from(`${email}:${password}`).toString('base64')}`);

  static token = (url: string, token: string): ApiClient => new ApiClient(url, `Bearer ${token}`);

  async ask<Data = Record<string, unknown>>(
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<ApiAnswer<Data>> {
    const response = await fetch(`${this.gatewayUrl}/api`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.authorization && { authorization: this.authorization }),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
      // Longer than a gateway of the tests waits for another service (TestFleet).
      signal: AbortSignal.timeout(60_000),
    });
    const body = (await response.json()) as { data?: Data | null; errors?: ApiError[] };
    return { status: response.status, data: body.data, errors: body.errors ?? [] };
  }

  /** The data; any error fails the test. */
  async data<Data = Record<string, unknown>>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const { data, errors } = await this.ask<Data>(query, variables);
    if (errors.length > 0 || !data) throw new Error(`unexpected errors: ${JSON.stringify(errors)}`);
    return data;
  }
}
