import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { eraseBatch } from '../db/repositories/deleted-tenants.ts';
import type { Log } from './ports.ts';

/** Rows erased in one transaction: some tenths of a second, so that nothing else waits for long. */
const batchRows = 5000;
/** What is left after so long goes on at the next tick. */
const budgetMs = 10_000;

/**
 * Erases the content of deleted tenants, batch by batch. Each batch is one statement, so a host that is killed loses
 * nothing but the batch under way, and any host goes on. Two hosts never work on one tenant: the database gives it to
 * the first.
 */
export async function eraseDeletedTenants(options: {
  database: Database;
  clock: Clock;
  log: Log;
  /** False once the host is about to stop. */
  goOn: () => boolean;
}): Promise<void> {
  const { database, clock, log, goOn } = options;
  const untilMs = clock.monotonicMs() + budgetMs;
  while (goOn() && clock.monotonicMs() < untilMs) {
    const { tenantId, done } = await eraseBatch(database, batchRows);
    if (tenantId === null) return;
    if (done) log.info({ tenantId }, 'A deleted tenant is erased');
  }
}
