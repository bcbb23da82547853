import { protocol } from 'electron';
import { extname } from 'node:path';
import { readStaticFile } from '../static-files.ts';

const scheme = 'tenantkeep-app';
const host = 'app';

/** The address of the page; what follows `#` is the renderer's own. */
export const appUrl = `${scheme}://${host}/`;

/**
 * The page gets scripts and styles from the package and nothing from anywhere else. It fetches nothing either:
 * all that it knows comes over the preload's channel. Inline styles are how the components write theirs.
 */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Gives our scheme the standing of https. Must be called before `ready`. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the built renderer under our scheme, and nothing outside of its folder. */
export function serveRenderer(directory: string): void {
  protocol.handle(scheme, async (request) => {
    if (request.method !== 'GET') return answer(405, 'Only GET is answered.');
    const url = new URL(request.url);
    if (url.host !== host) return answer(404, 'Not found.');
    const file = await readStaticFile(directory, isPageAddress(url.pathname) ? '/' : url.pathname);
    if (file === null) return answer(404, 'Not found.');
    return answer(200, new Uint8Array(file.content), file.contentType);
  });
}

/** A plain address without a file's extension is a page of the renderer; anything encoded is looked up as it is. */
function isPageAddress(path: string): boolean {
  return extname(path) === '' && /^[\w/-]*$/.test(path);
}

function answer(
  status: number,
  body: string | Uint8Array<ArrayBuffer>,
  contentType = 'text/plain; charset=utf-8',
): Response {
  return new Response(body, {
    status,
    headers: {
      'content-type': contentType,
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
  });
}
