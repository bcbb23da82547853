import { policyTypes } from '../../main/domain/policy-types/registry.ts';
import { unhurried } from '../capture/simulated-capture.ts';
import { type BackupWorld, openBackupWorld } from '../support/backup-process/backup-world.ts';
import { measured } from '../support/measurement.ts';
import type { MeasurementCase } from '../support/measurement-runner.ts';

/** P6: what a second backup of 1,000 objects over all types adds to the database. */
export const unchangedBackup: MeasurementCase = {
  id: 'P6',
  what: 'bytes that a second backup of 1,000 objects over 116 types adds',
  measure: async ({ seed }) => {
    const world = await openBackupWorld({ tenants: 1, objects: 1000, seed, throttle: false });
    try {
      const tenant = world.simulator.tenants[0]!.name;
      await backUp(world);
      // Two, so that page splits of the first growth are behind.
      await backUp(world);
      const same = await growthOf(world, () => Promise.resolve());
      const ticked = await growthOf(world, () => world.simulator.call('touchVolatile', tenant));
      const changedIds = await changeOnePercent(world, tenant);
      const changed = await growthOf(world, () => Promise.resolve());
      const allowed = 1.5 * changed.payloadBytes + 96 * 1024;
      return [
        measured('P6', 'nothing changed: payloads and manifests', same.content, 'bytes', { atMost: 0 }, same),
        measured('P6', 'nothing changed: bookkeeping', same.all, 'bytes', { atMost: 64 * 1024 }, same),
        measured('P6', 'volatile values changed: all', ticked.all, 'bytes', { atMost: 160 * 1024 }, ticked),
        measured(
          'P6',
          '1 % changed: all',
          changed.all,
          'bytes',
          { atMost: Math.round(allowed) },
          {
            ...changed,
            changed: changedIds,
          },
        ),
      ];
    } finally {
      await world.close();
    }
  },
};

async function backUp(world: BackupWorld): Promise<void> {
  const { rates, appRate } = unhurried;
  const result = await world.backUp({ policyTypes: 'all', limits: { rates: rates!, appRate: appRate! } });
  const [run] = result.runs;
  if (run!.state === 'failed') throw new Error(`The backup failed: ${JSON.stringify(run)}`);
}

type Growth = {
  all: number;
  content: number;
  payloadBytes: number;
  byTable: Record<string, number>;
};

async function growthOf(world: BackupWorld, change: () => Promise<unknown>): Promise<Growth> {
  await change();
  const before = await sizes(world);
  await backUp(world);
  const after = await sizes(world);
  const byTable = Object.fromEntries(
    Object.entries(after.tables)
      .map(([name, size]) => [name, size - (before.tables[name] ?? 0)] as const)
      .filter(([, size]) => size !== 0),
  );
  const rows = (name: 'payloads' | 'manifests') => after[name] - before[name];
  return {
    all: Object.values(byTable).reduce((sum, size) => sum + size, 0),
    content: rows('payloads') + rows('manifests'),
    payloadBytes: rows('payloads'),
    byTable,
  };
}

async function sizes(world: BackupWorld) {
  const { superuser } = world.arena;
  await superuser.query('vacuum');
  const tables = await superuser.query<{ name: string; size: string }>(
    `select c.relname as name, pg_total_relation_size(c.oid) as size from pg_class c
      where c.relnamespace = 'app'::regnamespace and c.relkind = 'r'`,
  );
  const [content] = await superuser.query<{ payloads: string; manifests: string }>(
    `select (select coalesce(sum(octet_length(bytes)), 0) from app.payloads) as payloads,
            (select coalesce(sum(octet_length(bytes)), 0) from app.manifests) as manifests`,
  );
  return {
    tables: Object.fromEntries(tables.map(({ name, size }) => [name, Number(size)])),
    payloads: Number(content!.payloads),
    manifests: Number(content!.manifests),
  };
}

/** Changes ten objects of ten types; answers how many. */
async function changeOnePercent(world: BackupWorld, tenant: string): Promise<number> {
  let changed = 0;
  for (const type of policyTypes) {
    if (changed === 10) break;
    if (type.shape === 'singleton' || type.permission === null) continue;
    const [first] = await world.simulator.call('objects', tenant, type.key);
    if (first === undefined) continue;
    await world.simulator.call('changeObject', tenant, type.key, first.id, {
      description: `Changed ${changed}`,
    });
    changed += 1;
  }
  return changed;
}
