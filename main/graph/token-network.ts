import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import type { GraphLimits } from './graph-limits.ts';
import type { HttpTransport } from './http-transport.ts';
import type { TokenRefusal } from './token-errors.ts';

/** What the last exchange with the token endpoint was, in terms that may be kept. */
export type TokenExchange =
  | { kind: 'none' }
  /** The refresh token is there for persons only, and goes from here into the sealed store, nowhere else. */
  | { kind: 'granted'; expiresInSeconds: number; refreshToken: string | null }
  | { kind: 'refused'; refusal: TokenRefusal; retryAfter: string | null }
  /** A page of a proxy or a damaged answer. */
  | { kind: 'unreadable'; status: number }
  | { kind: 'failed'; error: unknown };

/**
 * msal-node's network over our transport, so that a custom CA and our time-outs hold. It keeps what the
 * endpoint really said: msal-node's errors carry the raw description, which names app and tenant.
 */
export class TokenNetwork implements INetworkModule {
  readonly #transport: HttpTransport;
  readonly #limits: GraphLimits;
  exchange: TokenExchange = { kind: 'none' };

  constructor(transport: HttpTransport, limits: GraphLimits) {
    this.#transport = transport;
    this.#limits = limits;
  }

  async sendGetRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#send<T>('GET', url, options);
  }

  async sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#send<T>('POST', url, options);
  }

  async #send<T>(
    method: 'GET' | 'POST',
    url: string,
    options: NetworkRequestOptions | undefined,
  ): Promise<NetworkResponse<T>> {
    this.exchange = { kind: 'none' };
    let answer;
    try {
      answer = await this.#transport.send({
        method,
        url: new URL(url),
        headers: { ...options?.headers, accept: 'application/json' },
        ...(options?.body === undefined ? {} : { body: options.body }),
        timeoutMs: this.#limits.tokenTimeoutMs,
        maxBytes: 1024 * 1024,
      });
    } catch (error) {
      this.exchange = { kind: 'failed', error };
      throw error;
    }
    const body = jsonRecord(answer.body);
    if (body === null) {
      this.exchange = { kind: 'unreadable', status: answer.status };
      throw new TypeError('The login host answered with something that is not a JSON object.');
    }
    this.exchange = exchangeOf(answer.status, body, answer.headers['retry-after'] ?? null);
    return { status: answer.status, headers: { ...answer.headers }, body: body as T };
  }
}

function exchangeOf(
  status: number,
  body: Readonly<Record<string, unknown>>,
  retryAfter: string | null,
): TokenExchange {
  if (typeof body['error'] === 'string' || status >= 400) {
    const codes = Array.isArray(body['error_codes']) ? body['error_codes'] : [];
    const numbers = codes.filter((code): code is number => typeof code === 'number');
    const description = body['error_description'];
    const described = typeof description === 'string' ? /^AADSTS(\d+)/.exec(description)?.[1] : undefined;
    return {
      kind: 'refused',
      retryAfter,
      refusal: {
        status,
        error: typeof body['error'] === 'string' ? body['error'] : '',
        codes: numbers.length > 0 || described === undefined ? numbers : [Number(described)],
      },
    };
  }
  if (typeof body['access_token'] !== 'string') return { kind: 'none' };
  const seconds = Number(body['expires_in']);
  // A grant without a usable lifetime is used once: renewed at the next request.
  return {
    kind: 'granted',
    expiresInSeconds: Number.isFinite(seconds) && seconds > 0 ? seconds : 0,
    refreshToken: typeof body['refresh_token'] === 'string' ? body['refresh_token'] : null,
  };
}

function jsonRecord(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
