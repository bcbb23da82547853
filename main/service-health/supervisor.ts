import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { errorText } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../engine/ports.ts';
import type { Liveness } from './liveness.ts';

const run = promisify(execFile);

/** Tells systemd how the service is (sd_notify(3)); where no systemd listens, nothing happens. */
export interface Supervisor {
  /** Says that the service has taken over, and from now on how it is, often enough for the watchdog. */
  watch(judge: () => Liveness): Promise<void>;
  /** Says that the service stops, and nothing after that. */
  stopping(): Promise<void>;
}

/** Without a watchdog the status is renewed so often. */
const statusEveryMs = 10_000;
/** A message that was not taken after this time is given up; the next one follows soon. */
const messageBudgetMs = 5_000;

/**
 * Node has no datagram sockets of the Unix family, so each message goes through `systemd-notify`, which is there
 * wherever systemd is; the unit allows that with NotifyAccess=all. The sign of life is withheld when the judge
 * says `stuck`, and does not come at all when the event loop hangs: systemd then starts the service anew.
 * The variables of the protocol are taken out of `environment`, so that no child process speaks for us.
 */
export function createSupervisor(options: {
  environment: Record<string, string | undefined>;
  processId: number;
  clock: Clock;
  log: Log;
}): Supervisor {
  const { environment, clock, log } = options;
  const socket = environment['NOTIFY_SOCKET'];
  const watchdogMs = watchdogIntervalMs(environment, options.processId);
  delete environment['NOTIFY_SOCKET'];
  delete environment['WATCHDOG_USEC'];
  delete environment['WATCHDOG_PID'];
  if (socket === undefined || socket === '') return { watch: async () => {}, stopping: async () => {} };

  let cancel: (() => void) | null = null;
  let ended = false;
  let complained = false;

  const tell = async (...assignments: string[]): Promise<void> => {
    try {
      await run('systemd-notify', assignments, {
        env: { PATH: environment['PATH'], NOTIFY_SOCKET: socket },
        timeout: messageBudgetMs,
      });
      complained = false;
    } catch (error) {
      if (!complained) log.warn({ error: errorText(error) }, 'systemd could not be told how the service is');
      complained = true;
    }
  };

  return {
    async watch(judge) {
      const everyMs = watchdogMs === null ? statusEveryMs : Math.min(statusEveryMs, watchdogMs / 3);
      let said = '';
      const renew = async (): Promise<void> => {
        const { state, sentence } = judge();
        const assignments = [
          ...(sentence === said ? [] : [`STATUS=${sentence}`]),
          ...(watchdogMs === null || state === 'stuck' ? [] : ['WATCHDOG=1']),
        ];
        said = sentence;
        if (assignments.length > 0) await tell(...assignments);
        if (!ended) cancel = clock.after(everyMs, () => void renew(), { unref: true });
      };
      await tell('READY=1');
      await renew();
    },
    async stopping() {
      if (ended) return;
      ended = true;
      cancel?.();
      await tell('STOPPING=1', 'STATUS=The service stops.');
    },
  };
}

/** Milliseconds within which systemd wants a sign of life of this very process; null when it wants none. */
function watchdogIntervalMs(
  environment: Record<string, string | undefined>,
  processId: number,
): number | null {
  const microseconds = Number(environment['WATCHDOG_USEC'] ?? '');
  const meant = environment['WATCHDOG_PID'];
  if (!(microseconds > 0) || (meant !== undefined && Number(meant) !== processId)) return null;
  return microseconds / 1_000;
}
