import { app } from 'electron';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../config.ts';
import { connectionFileOfArguments } from './connection-files.ts';
import { pageOfArguments, pageOfLink } from './deep-links.ts';

/**
 * Makes this process the only desktop on its home: false means that another one runs, and has been told. Call
 * before `ready`; what Chromium keeps goes into the home as well, so two homes do not disturb each other.
 */
export function claimHome(home: Home): boolean {
  const directory = join(home.directory, 'desktop');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  app.setPath('userData', directory);
  return app.requestSingleInstanceLock();
}

/**
 * A second start and a link both bring up the window of the first; a link names the page, too. A connection file is
 * handed to `openFile`, in whatever way the system names it: Windows and Linux as a word of a second start, macOS as an
 * event, which may come before `ready`.
 */
export function followStartsAndLinks(show: (page?: string) => void, openFile: (path: string) => void): void {
  // An app that is started from its sources must not take the links of the installed one.
  if (app.isPackaged) app.setAsDefaultProtocolClient('tenantkeep');
  // Windows shows notifications only of programs with an identity; the installer uses the same one.
  if (process.platform === 'win32') app.setAppUserModelId('io.tenantkeep.desktop');
  app.on('second-instance', (_event, words, directory) => {
    show(pageOfArguments(words) ?? undefined);
    const file = connectionFileOfArguments(words, directory);
    if (file !== null) openFile(file);
  });
  app.on('open-file', (event, path) => {
    event.preventDefault();
    openFile(path);
  });
  app.on('open-url', (event, link) => {
    event.preventDefault();
    show(pageOfLink(link) ?? undefined);
  });
  app.on('activate', () => show());
}
