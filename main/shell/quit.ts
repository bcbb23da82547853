import { app, dialog } from 'electron';
import { errorText } from '../../shared/errors.ts';
import type { ProcessLog } from '../logging/log.ts';

export interface QuitOptions {
  /** What quitting now would cost, one line each; none: nobody is asked. */
  lossesOfQuitting(): Promise<string[]>;
  /** Gives back what is held and closes what is open. */
  closeDown(): Promise<void>;
  log: ProcessLog;
}

/** Ways out beside those that the system and the menu know. */
export interface WayOut {
  /** Quits without the question, for a computer that shuts down. */
  quitUnasked(): void;
  /** Quits after the question; `last` is called when nobody can stay any more. False: the person stays. */
  quitThen(last: () => void): Promise<boolean>;
  /** Closes down without the question, for an app that is back in a moment; `last` ends the process itself. */
  comeBack(last: () => void): void;
}

/** Puts a question and an orderly end before every way out. */
export function guardQuit(options: QuitOptions): WayOut {
  const { log } = options;
  let phase: 'open' | 'asking' | 'closing' | 'closed' = 'open';

  async function ask(): Promise<boolean> {
    const losses = await options.lossesOfQuitting();
    if (losses.length === 0) return true;
    const { response } = await dialog.showMessageBox({
      type: 'warning',
      message: 'This is the only live host. Nobody starts these slots when it quits:',
      detail: `${losses.join('\n')}\n\nThey will be recorded as missed.`,
      buttons: ['Quit', 'Stay'],
      defaultId: 1,
      cancelId: 1,
      noLink: true,
    });
    return response === 0;
  }

  async function leave(asked: boolean, last?: () => void, quits = true): Promise<boolean> {
    phase = 'asking';
    try {
      if (asked && !(await ask())) {
        phase = 'open';
        return false;
      }
    } catch (error) {
      // A database that does not answer must not keep anybody from quitting.
      log.warn({ error: errorText(error) }, 'What quitting would cost could not be found out');
    }
    phase = 'closing';
    try {
      await options.closeDown();
    } catch (error) {
      log.error({ error: errorText(error) }, 'The app could not close down in good order');
    }
    phase = 'closed';
    last?.();
    if (quits) app.quit();
    return true;
  }

  app.on('before-quit', (event) => {
    if (phase === 'closed') return;
    event.preventDefault();
    if (phase === 'open') void leave(true);
  });
  return {
    quitUnasked() {
      if (phase === 'open' || phase === 'asking') void leave(false);
    },
    quitThen: async (last) => phase === 'open' && (await leave(true, last)),
    comeBack(last) {
      if (phase === 'open') void leave(false, last, false);
    },
  };
}
