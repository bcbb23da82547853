import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '../../shared/errors.ts';

/** The address on this computer to which the browser brings the result of a sign-in. */
export interface SignInListener {
  /** `http://localhost:<port>`, as RFC 8252 section 7.3 has it and as Entra allows with any port. */
  redirectUri: string;
  /** The authorization code. Rejects with `AppError` when the sign-in was refused. */
  code: Promise<string>;
  close(): Promise<void>;
}

/**
 * Listens on loopback only, on a free port, for one result with this state. Whatever else comes by, with another
 * state, path or host name, is refused and changes nothing: any page in the browser could send it.
 */
export async function listenForSignIn(state: string): Promise<SignInListener> {
  let port = 0;
  const { promise: code, resolve, reject } = Promise.withResolvers<string>();
  // Whoever closes before a result came does not wait for one.
  code.catch(() => undefined);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const given = url.searchParams;
    const isOurs =
      request.method === 'GET' &&
      url.pathname === '/' &&
      request.headers.host === `localhost:${port}` &&
      given.get('state') === state;
    const value = given.get('code');
    const isResult = isOurs && (value !== null || given.has('error'));
    response.writeHead(isResult ? 200 : 404, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'",
      'referrer-policy': 'no-referrer',
      connection: 'close',
    });
    response.end(page(isResult ? (value === null ? pages.refused : pages.done) : pages.notFound));
    if (!isResult) return;
    if (value !== null) resolve(value);
    else reject(refusal(given.get('error') ?? ''));
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(0, '127.0.0.1', done);
  });
  ({ port } = server.address() as AddressInfo);
  return {
    redirectUri: `http://localhost:${port}`,
    code,
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeIdleConnections();
      }),
  };
}

/** The person, or the tenant, said no. */
export function signInDeclined(): AppError {
  return new AppError('sign_in_declined', 'The sign-in was declined.', {
    nextStep: 'Run the command again and accept, or ask an administrator of the tenant for consent.',
  });
}

/** The page's own description is not kept: it names app and tenant. */
function refusal(error: string): AppError {
  if (error === 'access_denied') return signInDeclined();
  return new AppError('sign_in_refused', 'Microsoft Entra refused the sign-in in the browser.', {
    nextStep:
      'Read what the browser shows. The app registration needs the redirect URI http://localhost under "Mobile and desktop applications".',
    details: { error: /^[a-z_]{1,60}$/.test(error) ? error : 'unknown' },
  });
}

const pages = {
  done: 'Signed in. You may close this window and go back to TenantKeep.',
  refused: 'Not signed in. You may close this window; TenantKeep says what to do.',
  notFound: 'There is nothing here.',
} as const;

function page(text: string): string {
  return `<!DOCTYPE html><html lang="en"><head><title>TenantKeep</title></head><body><p>${text}</p></body></html>`;
}
