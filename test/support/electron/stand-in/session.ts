import type * as E from 'electron';
import { played } from './played.ts';
import { devTools, requireReady } from './stage.ts';

type CheckHandler = Parameters<E.Session['setPermissionCheckHandler']>[0];
type RequestHandler = Parameters<E.Session['setPermissionRequestHandler']>[0];
let check: CheckHandler = null;
let request: RequestHandler = null;

const defaultSession = played('session.defaultSession', {
  setPermissionCheckHandler(handler: CheckHandler): void {
    check = handler;
  },
  setPermissionRequestHandler(handler: RequestHandler): void {
    request = handler;
  },
} satisfies Partial<E.Session>);

export const session = played('session', {
  get defaultSession() {
    requireReady('session.defaultSession');
    return defaultSession;
  },
});

/** Electron's name of a permission and the browser's. */
const permissions = [
  ['geolocation', 'geolocation'],
  ['notifications', 'notifications'],
  ['midi', 'midi'],
  ['media', 'camera'],
  ['media', 'microphone'],
  ['clipboard-read', 'clipboard-read'],
] as const;

/** Asks the app about each permission before a page is loaded, and has the browser hold to the answer. */
export async function applyPermissions(browserUrl: string, contents: E.WebContents): Promise<void> {
  const { origin } = new URL(browserUrl);
  for (const [asked, name] of permissions) {
    const checked = check?.(contents, asked, origin, { isMainFrame: true }) ?? true;
    const requested =
      request === null
        ? true
        : await new Promise<boolean>((resolve) =>
            request!(contents, asked, resolve, { isMainFrame: true, requestingUrl: browserUrl } as never),
          );
    await devTools().send('Browser.setPermission', {
      permission: { name },
      setting: checked && requested ? 'granted' : 'denied',
      origin,
    });
  }
}
