import { createApi } from '../../main/api/api.ts';
import type { Session } from '../../main/api/router.ts';
import { systemClock } from '../../main/clock.ts';
import { openDatabase, type PooledDatabase } from '../../main/db/open-database.ts';
import { policyTypes } from '../../main/domain/policy-types/registry.ts';
import type { Contract, ProcedureName } from '../../shared/contract/index.ts';
import type { InputOf, OutputOf } from '../../shared/contract/procedure.ts';
import { unhurried } from '../capture/simulated-capture.ts';
import { type BackupWorld, openBackupWorld } from '../support/backup-process/backup-world.ts';
import { measured, median, percentile } from '../support/measurement.ts';
import type { MeasurementCase } from '../support/measurement-runner.ts';
import { silentLog } from '../support/silent-log.ts';

const rounds = 15;

interface Reader {
  ask<Name extends ProcedureName>(
    name: Name,
    input: InputOf<Contract[Name]>,
  ): Promise<OutputOf<Contract[Name]>>;
  database: PooledDatabase;
}

/** A technician's own login behind the router: what a page waits for, but for its transport. */
async function openReader(world: BackupWorld): Promise<Reader> {
  const url = await world.arena.addTechnician('Reader');
  const database = await openDatabase({ url, applicationName: 'tenantkeep/bench', max: 2 });
  const api = createApi({ version: 'bench', clock: systemClock, log: silentLog });
  const session: Session = { login: 'reader', database };
  return {
    database,
    async ask(name, input) {
      const result = await api.dispatch(session, { name, input });
      if (!result.ok) throw new Error(`${name}: ${result.error.code}`);
      return result.value as never;
    },
  };
}

async function backUp(world: BackupWorld): Promise<void> {
  const { rates, appRate } = unhurried;
  const result = await world.backUp({ limits: { rates: rates!, appRate: appRate! } });
  const failed = result.runs.find((run) => run.state === 'failed');
  if (failed) throw new Error(`A backup failed: ${JSON.stringify(failed)}`);
}

/** Changes so many objects, spread over the core types; answers how many it could. */
async function changeObjects(world: BackupWorld, count: number): Promise<number> {
  const tenant = world.simulator.tenants[0]!.name;
  const lists: { key: string; ids: string[] }[] = [];
  for (const type of policyTypes) {
    if (type.priority !== 'core' || type.shape === 'singleton') continue;
    const objects = await world.simulator.call('objects', tenant, type.key);
    if (objects.length > 0) lists.push({ key: type.key, ids: objects.map((object) => object.id) });
  }
  let changed = 0;
  for (let round = 0; changed < count && lists.some((list) => list.ids.length > round); round += 1) {
    for (const { key, ids } of lists) {
      const id = ids[round];
      if (id === undefined || changed === count) continue;
      await world.simulator.call('changeObject', tenant, key, id, { description: `Changed ${changed}` });
      changed += 1;
    }
  }
  return changed;
}

/** Two sets of so many objects with a twentieth of them changed: time of the summary and of each item's diff. */
async function compareTwoSets(objects: number, seed: number) {
  const world = await openBackupWorld({ tenants: 1, objects, seed, throttle: false });
  try {
    await backUp(world);
    const asked = await changeObjects(world, objects / 20);
    await backUp(world);
    const reader = await openReader(world);
    try {
      const tenantId = world.tenantIds[0]!;
      const { rows } = await reader.ask('backup-sets.list', { tenantId });
      const [right, left] = rows;
      const sets = { tenantId, leftId: left!.id, rightId: right!.id };
      const summaries: number[] = [];
      let comparison = await reader.ask('backup-sets.compare', sets);
      for (let round = 0; round < rounds; round += 1) {
        const startedMs = performance.now();
        comparison = await reader.ask('backup-sets.compare', sets);
        summaries.push(performance.now() - startedMs);
      }
      const items: number[] = [];
      for (const type of comparison.types) {
        for (const item of type.items) {
          const { leftGraphId, rightGraphId } = item;
          const startedMs = performance.now();
          await reader.ask('backup-sets.compare-item', {
            ...sets,
            typeKey: type.typeKey,
            leftGraphId,
            rightGraphId,
          });
          items.push(performance.now() - startedMs);
        }
      }
      const { changed, added, removed } = comparison.counts;
      return {
        objects: right!.items,
        asked,
        changes: changed + added + removed,
        summaryMs: median(summaries),
        itemMs: percentile(items, 0.95),
      };
    } finally {
      await reader.database.close();
    }
  } finally {
    await world.close();
  }
}

/** P7: what a person waits for who compares two sets, and what it costs as tenants grow. */
export const setComparison: MeasurementCase = {
  id: 'P7',
  what: 'comparison of two sets of 2,000 objects with 100 changes, through the router',
  measure: async ({ seed }) => {
    const small = await compareTwoSets(500, seed);
    const usual = await compareTwoSets(2000, seed);
    const large = await compareTwoSets(8000, seed);
    const perObject = (of: typeof small) => of.summaryMs / of.objects;
    const growth = Math.max(perObject(usual), perObject(large)) / perObject(small);
    return [
      measured('P7', 'summary of the comparison', usual.summaryMs, 'ms', { atMost: 150 }, usual),
      measured('P7', 'diff of an item, p95', usual.itemMs, 'ms', { atMost: 50 }),
      measured(
        'P14',
        'P7 at 1×, 4×, 16×: dearest object beside one at 1×',
        growth,
        'ratio',
        { atMost: 1.2 },
        {
          '1×': small,
          '4×': usual,
          '16×': large,
        },
      ),
    ];
  },
};

/** Search has no target; what it costs without an index decides that it has none. */
export const setSearch: MeasurementCase = {
  id: 'SEARCH',
  what: 'search through the newest sets of 20 tenants × 1,000 objects, without an index',
  measure: async ({ seed }) => {
    const world = await openBackupWorld({ tenants: 20, objects: 1000, seed, throttle: false });
    try {
      await backUp(world);
      const reader = await openReader(world);
      try {
        const search = async (text: string, tenantId: string | null, inSettings = true) => {
          const startedMs = performance.now();
          let hits = 0;
          let firstMs = 0;
          let cursor: string | null = null;
          do {
            const page: OutputOf<Contract['backup-sets.search']> = await reader.ask('backup-sets.search', {
              text,
              tenantId,
              inSettings,
              cursor,
              pageSize: 500,
            });
            firstMs ||= performance.now() - startedMs;
            hits += page.rows.length;
            cursor = page.nextCursor;
          } while (cursor !== null);
          return { ms: performance.now() - startedMs, firstMs, hits };
        };
        await search('no such text anywhere', null);
        const nothing = await search('no such text anywhere', null);
        const something = await search('description', null);
        const one = await search('no such text anywhere', world.tenantIds[0]!);
        const names = await search('policy', null, false);
        const startedMs = performance.now();
        const rows = await reader.database.query<{ bytes: Uint8Array }>('select bytes from app.payloads');
        const readMs = performance.now() - startedMs;
        const detail = { nothing, something, one, names, payloads: rows.length, readMs };
        return [
          measured('SEARCH', 'all settings of 20 tenants, to the end', nothing.ms, 'ms', {}, detail),
          measured('SEARCH', 'all settings of one tenant', one.ms, 'ms', {}),
          measured('SEARCH', 'names and ids of 20 tenants', names.ms, 'ms', {}),
        ];
      } finally {
        await reader.database.close();
      }
    } finally {
      await world.close();
    }
  },
};
