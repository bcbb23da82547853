import { exportAudit } from '../../main/audit/export-audit.ts';
import { systemClock } from '../../main/clock.ts';
import { openDatabase } from '../../main/db/open-database.ts';

/** The first message: who exports, and a file for an export of nothing. */
export interface ExportOrder {
  databaseUrl: string;
  emptyTarget: string;
}

/** The answer to each later message, which is a target. */
export interface ExportDone {
  ms: number;
  /** After the export of nothing: the code is loaded, no row was read. */
  before: Memory;
  /** At the moment with most resident memory since. */
  highest: Memory;
}

export type Memory = Pick<NodeJS.MemoryUsage, 'rss' | 'heapTotal' | 'external'>;

/**
 * Audit exports in a process of their own, as the command line has them: the heap of a process that did other work
 * before has the size that this work gave it, and growth within it says nothing.
 */
process.once('message', (order: ExportOrder) => {
  serve(order).catch(fail);
});

async function serve({ databaseUrl, emptyTarget }: ExportOrder): Promise<void> {
  const technician = await openDatabase({ url: databaseUrl, applicationName: 'tenantkeep/bench', max: 2 });
  const exportFrom = (from: Date | undefined, target: string, onProgress: () => void) =>
    exportAudit(technician, target, {
      filter: { scope: { allTenants: true }, ...(from === undefined ? {} : { from }) },
      format: 'csv',
      delimiter: 'comma',
      appVersion: '0.0.0-bench',
      onProgress,
    });
  await exportFrom(new Date('9000-01-01'), emptyTarget, () => undefined);
  const before = process.memoryUsage();
  let highest: Memory = before;
  const look = (): void => {
    const now = process.memoryUsage();
    if (now.rss > highest.rss) highest = now;
  };
  const answer = async (target: string): Promise<void> => {
    const startedMs = systemClock.monotonicMs();
    await exportFrom(undefined, target, look);
    const ms = systemClock.monotonicMs() - startedMs;
    look();
    process.send!({ ms, before, highest } satisfies ExportDone);
  };
  process.on('message', (target: string) => {
    answer(target).catch(fail);
  });
  process.once('disconnect', () => void technician.close());
  process.send!('ready');
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}
