import { errorText } from '../../../shared/errors.ts';
import type { SavedHead } from '../../audit/verify-chain.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../db/database.ts';
import type { AlertSender, Log } from '../ports.ts';
import { createSingleFlight } from '../single-flight.ts';
import { createChainWalk } from './check-chains.ts';
import { lookForTrouble } from './look-for-trouble.ts';
import { sendMessages } from './send-messages.ts';

/** Looks for trouble and sends messages beside the engine, until it is stopped. */
export interface AlertWatch {
  start(): void;
  /** One pass now: a look, if it is this host's turn, then what is due. Never rejects. */
  passNow(): Promise<void>;
  stop(): Promise<void>;
}

const passEveryMs = 15_000;
/** The first look comes after the first tick has accounted for the slots of an outage. */
const firstPassMs = 3_000;

export function createAlertWatch<Secret>(parts: {
  database: Database;
  sender: AlertSender<Secret>;
  /** Ends of chains that this host saved outside the database. */
  savedHeads: () => Promise<SavedHead[]>;
  clock: Clock;
  log: Log;
}): AlertWatch {
  const { database, clock, log } = parts;
  const stopping = new AbortController();
  let cancel: (() => void) | null = null;
  const chains = createChainWalk(parts);

  const flight = createSingleFlight(
    async () => {
      const look = await lookForTrouble(database);
      for (const change of look?.changes ?? []) {
        log.info(
          { alertId: change.alertId, cause: change.cause, tenantId: change.tenantId },
          `Alert ${change.change}`,
        );
      }
      await sendMessages({ ...parts, signal: stopping.signal });
      if (!stopping.signal.aborted) await chains.checkNext();
    },
    // The database is away or busy: the next pass comes, and backups must not suffer.
    (error) => log.warn({ error: errorText(error) }, 'Looking for trouble failed'),
  );

  const arm = (ms: number): void => {
    cancel = clock.after(
      ms,
      () => {
        void flight.request().finally(() => {
          if (!stopping.signal.aborted) arm(passEveryMs);
        });
      },
      { unref: true },
    );
  };

  return {
    start: () => arm(firstPassMs),
    passNow: () => flight.request(),
    async stop() {
      stopping.abort();
      cancel?.();
      await flight.close();
    },
  };
}
