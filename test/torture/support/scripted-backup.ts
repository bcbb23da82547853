import { createHash } from 'node:crypto';
import type { Clock } from '../../../main/clock.ts';
import type { Database } from '../../../main/db/database.ts';
import { findPolicyType } from '../../../main/domain/policy-types/registry.ts';
import { createRunExecutor } from '../../../main/engine/backup/backup-executor.ts';
import type { Log, TenantReader, TypeReading } from '../../../main/engine/ports.ts';
import type { RunExecutor } from '../../../main/engine/run-lease.ts';
import type { HostWork } from './host-plan.ts';

/** Policy types of the scripted tenant; real ones, so that the rules of the registry apply. */
export const scriptedTypeKeys = [
  'deviceConfigurations',
  'deviceCompliancePolicies',
  'mobileAppCategories',
] as const;

/** The product's own executor over a tenant without a network: what it writes is what a backup writes. */
export function createScriptedExecutor(options: {
  work: Extract<HostWork, { kind: 'backup' }>;
  database: Database;
  clock: Clock;
  log: Log;
}): RunExecutor {
  const { work, clock } = options;
  const keys = scriptedTypeKeys.slice(0, work.types);
  let reading = 0;
  const reader: TenantReader = {
    groups: (asked) => asked.map((key) => [key]),
    resolve: async () => new Map(),
    async read(asked, sink, signal) {
      const readings: TypeReading[] = [];
      for (const typeKey of asked) {
        if (work.stepMs > 0) await clock.sleep(work.stepMs, signal);
        sink.event({ level: 'info', code: 'page_read', typeKey, message: 'A page was read.' });
        reading += 1;
        for (let index = 0; index < work.items; index += 1) {
          await sink.item({
            typeKey,
            graphId: `${typeKey}-${index}`,
            name: `Object ${index}`,
            // The first object changes with every reading, the others never do.
            document: {
              id: `${typeKey}-${index}`,
              displayName: `Object ${index}`,
              description: index === 0 ? `Reading ${process.pid}-${reading}` : 'The same as ever.',
            },
          });
        }
        readings.push(completeReading(typeKey, work.items));
      }
      return readings;
    },
  };
  return createRunExecutor({
    database: options.database,
    readers: { openableTenantIds: async () => [], open: async () => reader },
    policyTypes: { find: findPolicyType, keysOf: () => keys },
    secrets: {
      fingerprintKey: async (tenantId) => createHash('sha256').update(tenantId).digest(),
      seal: async (_tenantId, secrets) =>
        secrets.map(() => ({ bytes: Buffer.from('sealed'), sealedTo: '0'.repeat(64) })),
    },
    clock,
    log: options.log,
  });
}

function completeReading(typeKey: string, count: number): TypeReading {
  return {
    typeKey,
    outcome: 'complete',
    reason: null,
    expected: count,
    captured: count,
    missingPermission: null,
    requestId: null,
    httpStatus: 200,
    requests: 1,
    retries: 0,
    waitedMs: 0,
    failedItems: [],
    failedItemCount: 0,
    unknownKinds: [],
  };
}

/** Ends every run at once and without a set. */
export const nothingExecutor: RunExecutor = {
  execute: async () => ({
    state: 'failed',
    reason: 'internal',
    errorCode: null,
    counts: {
      types: { complete: 0, incomplete: 0, notAvailable: 0, unknown: 0, notAttempted: 0 },
      items: 0,
      added: 0,
      changed: 0,
      removed: 0,
      newBytes: 0,
    },
  }),
  afterFinish: async () => undefined,
};
