import { app, session } from 'electron';
import type { ProcessLog } from '../logging/log.ts';
import { appUrl } from './app-protocol.ts';

/** True for an address of our own renderer. */
export function isOwnAddress(address: string): boolean {
  return URL.canParse(address) && new URL(address).href.startsWith(appUrl);
}

/**
 * Keeps every page where it is: whatever a page or a frame in it asks for, only our own renderer is loaded, no
 * window is opened, and no permission is given. Call once, before the first window.
 */
export function confinePages(log: ProcessLog): void {
  const refuseForeign = (details: { url: string; preventDefault: () => void }): void => {
    if (isOwnAddress(details.url)) return;
    details.preventDefault();
    log.warn({ origin: originOf(details.url) }, 'A page wanted to leave the app and was kept');
  };
  app.on('web-contents-created', (_created, contents) => {
    contents.on('will-navigate', refuseForeign);
    contents.on('will-frame-navigate', refuseForeign);
    contents.setWindowOpenHandler(({ url }) => {
      log.warn({ origin: originOf(url) }, 'A page wanted to open a window and was refused');
      return { action: 'deny' };
    });
  });
  session.defaultSession.setPermissionCheckHandler(() => false);
  session.defaultSession.setPermissionRequestHandler((_contents, permission, decide) => {
    log.warn({ permission }, 'A page asked for a permission and was refused');
    decide(false);
  });
}

/** Paths and queries can hold anything, so the log gets no more than the origin. */
function originOf(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : 'invalid';
}
