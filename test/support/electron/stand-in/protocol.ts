import type * as E from 'electron';
import { addScheme, fromBrowser, ownScheme } from './own-addresses.ts';
import { played, requireKnownOptions } from './played.ts';
import { requireReady, stage } from './stage.ts';

const handlers = new Map<string, (request: Request) => Response | Promise<Response>>();
const privileged = new Set<string>();

export const protocol = played('protocol', {
  registerSchemesAsPrivileged(schemes: E.CustomScheme[]): void {
    if (stage.ready) {
      throw new Error(
        'stand-in: protocol.registerSchemesAsPrivileged must be called before the app is ready',
      );
    }
    for (const { scheme, privileges = {} } of schemes) {
      requireKnownOptions('privileges', privileges, ['standard', 'secure', 'supportFetchAPI']);
      privileged.add(scheme);
      addScheme(scheme);
    }
  },
  handle(scheme: string, handler: (request: Request) => Response | Promise<Response>): void {
    requireReady('protocol.handle');
    if (!privileged.has(scheme)) throw new Error(`stand-in: the scheme ${scheme} was not registered`);
    if (handlers.has(scheme)) throw new Error(`stand-in: the scheme ${scheme} is handled already`);
    handlers.set(scheme, handler);
  },
} satisfies Partial<E.Protocol>);

/** The app's answer in the words of DevTools, or null when its handler threw (the page sees ERR_FAILED). */
export async function answerRequest(request: Record<string, any>): Promise<object | null> {
  const handler = handlers.get(ownScheme(request['url']) ?? '');
  const url = fromBrowser(request['url']);
  // A habit of browsers; the runtime does not ask for it.
  if (handler === undefined || url.endsWith('/favicon.ico')) return { responseCode: 404, body: '' };
  try {
    const { method, headers, postData } = request;
    const response = await handler(new Request(url, { method, headers, body: postData }));
    return {
      responseCode: response.status,
      responseHeaders: [...response.headers].map(([name, value]) => ({ name, value })),
      body: Buffer.from(await response.arrayBuffer()).toString('base64'),
    };
  } catch (error) {
    process.stderr.write(`stand-in: the handler of ${url} threw: ${String(error)}\n`);
    return null;
  }
}
