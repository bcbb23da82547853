import { app, dialog } from 'electron';
import { errorText, isAppError, withNextStep } from '../../shared/errors.ts';
import { escapeControls } from '../logging/redact.ts';
import type { ProcessLog } from '../logging/log.ts';
import { readConnectionFile } from '../sign-in/read-connection-file.ts';
import {
  leavingInWords,
  planSignIn,
  inUseInWords,
  protectionInWords,
  signIn,
  signOut,
  type SignInPlace,
  type SignInPlan,
  whoIsSignedIn,
} from '../sign-in/sign-in.ts';
import { withoutConnectionFiles } from './connection-files.ts';
import { hiddenWord } from './login-item.ts';

/** Asks about the connection files that people open, and about signing out: one question after the other. */
export interface SignInDesk {
  /** A file that somebody opened. Before `open` it waits; the same file is not asked about twice at once. */
  take(path: string): void;
  /** Lets a person choose a file. */
  choose(): Promise<void>;
  /** Asks whether the person wants to be signed out. */
  signOut(): void;
  /** From now on people can be asked. */
  open(parts: DeskParts): void;
  /** Resolves when nobody is asked any more: true when somebody signed in and the app ends. */
  idle(): Promise<boolean>;
}

interface DeskParts {
  place: SignInPlace;
  log: ProcessLog;
  /** Ends the app in good order and then calls `startAgain`. False: somebody wants it to go on as it is for now. */
  restart(startAgain: () => void): Promise<boolean>;
}

/**
 * A file that is opened does nothing by itself: anybody can write one, and a click on an attachment opens it. The
 * person sees which server it names and what would be left, and decides. See main/sign-in/sign-in.ts for what a
 * hostile file could reach.
 */
export function createSignInDesk(): SignInDesk {
  const waiting: string[] = [];
  let parts: DeskParts | null = null;
  let leaving = false;
  let turn: Promise<void> = Promise.resolve();

  async function work(): Promise<void> {
    const known = parts;
    if (known === null) return;
    while (waiting[0] !== undefined && !leaving) {
      try {
        leaving = (await askAndSignIn(known, waiting[0])) && (await known.restart(startAgain));
      } catch (error) {
        known.log.error({ error }, 'Nobody could be asked about a connection file');
      }
      waiting.shift();
    }
  }

  function take(path: string): void {
    if (leaving || waiting.includes(path)) return;
    waiting.push(path);
    turn = turn.then(work);
  }

  async function leaveWorkspace(): Promise<void> {
    if (parts === null || leaving) return;
    try {
      leaving = (await askAndSignOut(parts)) && (await parts.restart(startAgain));
    } catch (error) {
      parts.log.error({ error }, 'Nobody could be asked about signing out');
    }
  }

  return {
    take,
    async choose() {
      const file = await chooseFile();
      if (file !== undefined) take(file);
    },
    signOut() {
      turn = turn.then(leaveWorkspace);
    },
    open(given) {
      parts = given;
      turn = turn.then(work);
    },
    async idle() {
      await turn;
      return leaving;
    },
  };
}

/** All boxes here wait without standing still: this process may be a host, whose heartbeat goes on. */
async function askAndSignIn({ place, log }: DeskParts, path: string): Promise<boolean> {
  try {
    const plan = await planSignIn(place, await readConnectionFile(path));
    if (!(await agrees(plan, path))) return false;
    const person = await signIn(place, plan);
    log.info({ login: person.login }, 'A person signed in with a connection file');
    await dialog.showMessageBox({
      type: 'info',
      message: `${shown(person.name)} is signed in on this computer.`,
      detail: `Delete ${shown(path)}: it holds the password, which is kept among the secrets of this computer now.\n\n${startInWords()}`,
      buttons: ['OK'],
      noLink: true,
    });
    return true;
  } catch (error) {
    log.warn({ error: errorText(error) }, 'A connection file was refused');
    await tellRefusal('Nobody was signed in, and nothing has changed.', error);
    return false;
  }
}

async function askAndSignOut({ place, log }: DeskParts): Promise<boolean> {
  try {
    const { login, location } = await whoIsSignedIn(place);
    const { response } = await dialog.showMessageBox({
      type: 'question',
      message: `Sign ${shown(login)} out of ${shown(location)}?`,
      detail:
        'This computer forgets the password. Nothing in the database is deleted. To come back, you need a connection file.',
      buttons: ['Sign out', 'Cancel'],
      defaultId: 1,
      cancelId: 1,
      noLink: true,
    });
    if (response !== 0) return false;
    const { now } = await signOut(place);
    log.info({ login }, 'A person signed out');
    await dialog.showMessageBox({
      type: 'info',
      message: `${shown(login)} is signed out.`,
      detail: `${escapeControls(inUseInWords(now))}\n\n${startInWords()}`,
      buttons: ['OK'],
      noLink: true,
    });
    return true;
  } catch (error) {
    log.warn({ error: errorText(error) }, 'Nobody was signed out');
    await tellRefusal('Nobody was signed out.', error);
    return false;
  }
}

async function tellRefusal(message: string, error: unknown): Promise<void> {
  await dialog.showMessageBox({
    type: 'error',
    message,
    detail: isAppError(error)
      ? escapeControls(withNextStep(error))
      : 'It could not be done; the log says why.',
    buttons: ['OK'],
    noLink: true,
  });
}

async function agrees(plan: SignInPlan, path: string): Promise<boolean> {
  const { connection, now, replaces } = plan;
  const { response } = await dialog.showMessageBox({
    type: 'question',
    message: `Use the workspace ${shown(connection.database)} on ${connection.server} as ${shown(connection.login)}?`,
    detail: [
      replaces || now.kind !== 'shared'
        ? leavingInWords(now)
        : `This computer uses this workspace already${now.login === null ? '' : `, as ${now.login}`}.`,
      protectionInWords(plan.databaseUrl),
      `The file is ${shown(path)}. Agree only if you expected it from somebody you know.`,
    ]
      .map((paragraph) => escapeControls(paragraph))
      .join('\n\n'),
    buttons: ['Use it', 'Cancel'],
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  });
  return response === 0;
}

/** A name out of a file, without controls, and not so long that it pushes the server's name out of sight. */
function shown(text: string): string {
  const visible = escapeControls(text);
  return visible.length > 120 ? `${visible.slice(0, 60)}…${visible.slice(-40)}` : visible;
}

/**
 * Electron starts a program again through a helper that lives in the program's own files. Those of an AppImage are
 * gone when it ends (electron-userland/electron-builder#1727), so there a person has to do it.
 */
function startsAgainByItself(): boolean {
  return !app.isPackaged || process.env['APPIMAGE'] === undefined;
}

function startInWords(): string {
  return startsAgainByItself() ? 'TenantKeep starts again now.' : 'TenantKeep ends now. Start it again.';
}

function startAgain(): void {
  if (!startsAgainByItself()) return;
  // The file is no word of the next start, and whoever has just answered wants to see the window.
  app.relaunch({ args: withoutConnectionFiles(process.argv.slice(1)).filter((word) => word !== hiddenWord) });
}

/**
 * For a start that the database refused: a connection file may be what is missing, be it opened meanwhile or chosen
 * here. Resolves when the person quits or when somebody signed in.
 */
export async function tellRefusedStart(desk: SignInDesk, sentence: string): Promise<void> {
  for (;;) {
    const { response } = await dialog.showMessageBox({
      type: 'error',
      message: 'TenantKeep could not start',
      detail: escapeControls(sentence),
      buttons: ['Quit', 'Use a connection file…'],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    });
    if (response === 0) return;
    await desk.choose();
    if (await desk.idle()) return;
  }
}

async function chooseFile(): Promise<string | undefined> {
  const { filePaths } = await dialog.showOpenDialog({
    title: 'Connection file',
    filters: [{ name: 'Connection file', extensions: ['connection'] }],
    properties: ['openFile'],
  });
  return filePaths[0];
}
