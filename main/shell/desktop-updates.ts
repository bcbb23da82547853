import type { UpdateState } from '../../shared/bridge.ts';
import { AppError, errorText, isAppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { isInstallable } from '../domain/update-decision.ts';
import type { ProcessLog } from '../logging/log.ts';
import type { UpdateCheck, UpdateFacts } from '../updates/check-for-update.ts';
import type { GatedUpdater } from '../updates/gated-updater.ts';

const hourMs = 3_600_000;
/** What to do where this copy does not replace itself. */
const upgradedElsewhere =
  'This copy is upgraded with the package manager of its system, or by hand with the installer.';
/** Long enough for a database that answers; one that does not must keep nobody from quitting. */
const settleMs = 3_000;

export interface DesktopUpdates {
  state(): UpdateState;
  /** Asks now, and downloads what may be installed; never throws, what went wrong is in the state. */
  check(): Promise<UpdateState>;
  /** Asks now and then every six hours or so, until `close`. */
  follow(): void;
  /** Whether there is something to restart for that still fits the database; throws `update_not_ready` otherwise. */
  requireReady(): Promise<void>;
  /** Before the database is closed: what was downloaded is installed at the end only if it still fits. */
  settle(): Promise<void>;
  /** For a computer that shuts down: nothing is installed while the system takes the processes away. */
  hold(): void;
  /** The last step of a restart: installs, starts the new version and quits. */
  installAndRestart(): void;
  close(): void;
}

export interface DesktopUpdatesParts {
  findFeed(): Promise<URL>;
  facts(): Promise<UpdateFacts>;
  /** Null: this copy is upgraded in another way, and only told of. */
  openUpdater: ((feed: URL, gate: (entry: unknown) => Promise<boolean>) => Promise<GatedUpdater>) | null;
  clock: Clock;
  log: ProcessLog;
  /** Told once for each version that is ready to be installed. */
  onReady(version: string): void;
}

const unasked: UpdateState = {
  phase: 'not-asked',
  newest: null,
  sentence: 'The update feed has not been asked yet.',
  nextStep: null,
};

/** The update of a desktop, from the question to the restart. One question at a time. */
export function createDesktopUpdates(parts: DesktopUpdatesParts): DesktopUpdates {
  const { clock, log } = parts;
  let state: UpdateState = unasked;
  let asking: Promise<void> | null = null;
  let last: UpdateCheck | null = null;
  let updater: GatedUpdater | null = null;
  let ready: string | null = null;
  let held = false;
  let closed = false;
  let cancelNext: (() => void) | null = null;

  /** The gate: what is installable is decided on this entry, with what the database says now. */
  async function gate(value: unknown): Promise<boolean> {
    const [{ toFeedEntry }, { decideOn }, facts] = await Promise.all([
      import('../updates/release-entry.ts'),
      import('../updates/check-for-update.ts'),
      parts.facts(),
    ]);
    return isInstallable(decideOn(toFeedEntry(value), facts).decision);
  }

  async function askFeed(): Promise<void> {
    state = { ...state, phase: 'asking' };
    const feed = await parts.findFeed();
    const { checkForUpdate } = await import('../updates/check-for-update.ts');
    last = await checkForUpdate({ feed, facts: await parts.facts(), clock });
    const { entry, decision, words } = last;
    const newest = 'malformed' in entry ? null : entry.version;
    log.info({ newest, decision: decision.kind }, words.sentence);
    const installable = isInstallable(decision);
    if (!installable) updater?.installOnQuit(false);
    if (!installable || parts.openUpdater === null) {
      ready = null;
      state = {
        phase: 'answered',
        newest,
        sentence: words.sentence,
        nextStep: installable ? upgradedElsewhere : words.nextStep,
      };
      return;
    }
    if (ready !== newest) {
      ready = null;
      state = { phase: 'downloading', newest, sentence: words.sentence, nextStep: 'It is being downloaded.' };
      updater ??= await parts.openUpdater(feed, gate);
      ready = await updater.download();
      if (ready !== null) parts.onReady(ready);
    }
    state =
      ready === null
        ? { phase: 'answered', newest, sentence: 'The feed has changed meanwhile.', nextStep: 'Ask again.' }
        : {
            phase: 'ready',
            newest: ready,
            sentence: `${words.sentence} Version ${ready} is downloaded.`,
            nextStep: 'It is installed when TenantKeep quits.',
          };
    if (ready !== null) log.info({ version: ready }, 'An update is ready to be installed');
  }

  async function askOnce(): Promise<void> {
    try {
      await askFeed();
    } catch (error) {
      if (closed) return;
      updater?.installOnQuit(false);
      ready = null;
      const [sentence, nextStep] = isAppError(error)
        ? [error.message, error.nextStep]
        : ['The update feed could not be asked; the log says why.', null];
      const isChoice = isAppError(error) && error.code === 'feed_not_configured';
      log[isChoice ? 'info' : 'warn']({ error: errorText(error) }, sentence);
      state = { ...state, phase: 'failed', sentence, nextStep };
    }
  }

  async function check(): Promise<UpdateState> {
    asking ??= askOnce().finally(() => (asking = null));
    await asking;
    return state;
  }

  async function stillFits(): Promise<boolean> {
    if (last === null || ready === null) return false;
    const { decideOn } = await import('../updates/check-for-update.ts');
    return isInstallable(decideOn(last.entry, await parts.facts()).decision);
  }

  function follow(): void {
    void check().finally(() => {
      // Spread, so that the desktops of a workspace do not ask at one moment for ever.
      if (!closed) cancelNext = clock.after((5.5 + Math.random()) * hourMs, follow, { unref: true });
    });
  }

  return {
    state: () => state,
    check,
    follow,
    async requireReady() {
      if (await stillFits()) return;
      throw new AppError('update_not_ready', 'There is no update that is ready and fits the database.', {
        nextStep: 'Check for updates again.',
      });
    },
    async settle() {
      if (ready === null || updater === null || held) return;
      try {
        const fits = await Promise.race([stillFits(), clock.sleep(settleMs).then(() => false)]);
        updater.installOnQuit(fits && !held);
        if (!fits)
          log.info({ version: ready }, 'The update is not installed: the database does not say that it fits');
      } catch (error) {
        log.warn({ error: errorText(error) }, 'The update is not installed: the database cannot be asked');
      }
    },
    hold() {
      held = true;
      updater?.installOnQuit(false);
    },
    installAndRestart() {
      updater?.installAndRestart();
    },
    close() {
      closed = true;
      cancelNext?.();
    },
  };
}
