import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAuditChain } from '../../main/audit/verify-chain.ts';
import type { Database } from '../../main/db/database.ts';
import { databaseErrorCode } from '../../main/db/database-errors.ts';
import {
  beatRun,
  claimRuns,
  fenceRun,
  finishRun,
  releaseRun,
} from '../../main/db/repositories/run-ownership.ts';
import { cancelRun, requestRun } from '../../main/db/repositories/runs.ts';
import { changeSchedule } from '../../main/engine/change-schedule.ts';
import { dispatchDue } from '../../main/engine/dispatcher.ts';
import { defaultEngineLimits } from '../../main/engine/engine-limits.ts';
import { reap } from '../../main/engine/reaper.ts';
import { isAppError } from '../../shared/errors.ts';
import { instantFromIso } from '../../shared/model/instant.ts';
import { createTestDatabase, type TestClock, type TestDatabase } from '../support/database.ts';
import { randomOf } from '../support/random.ts';
import { addSchedule, silentLog } from './scheduling-fixture.ts';

/**
 * Four hosts and two people do everything at once while time jumps, in an order that the seed decides as far
 * as the client goes. Afterwards the invariants of scheduling hold, and no statement ran into another one.
 */
let test: TestDatabase;
let clock: TestClock;
const seed = 20_261_124;
const rounds = 60;

beforeAll(async () => {
  test = await createTestDatabase();
  clock = await test.replaceClock(instantFromIso('2026-11-24T02:00:00Z'));
});
afterAll(() => test.close());

/** Refusals are answers; a deadlock, a broken index or anything else unplanned is not. */
async function attempt(unplanned: string[], work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const code = databaseErrorCode(error);
    if (!isAppError(error) && code !== '55P03') unplanned.push(`${code}: ${String(error)}`);
  }
}

describe(`hosts and people racing (seed ${seed})`, () => {
  it('keep every invariant', async () => {
    const tenants = await Promise.all(
      ['Contoso', 'Fabrikam', 'Northwind'].map((name) => test.addTenant(name)),
    );
    const schedules: { id: string; tenantId: string }[] = [];
    for (let i = 0; i < 24; i += 1) {
      const tenantId = tenants[i % 3]!;
      schedules.push({
        tenantId,
        id: await addSchedule(test, tenantId, { nextSlotAt: instantFromIso('2026-11-24T02:00:00Z') }),
      });
    }
    const unplanned: string[] = [];
    let lateFinishes = 0;
    let refusedFinishes = 0;

    const host = async (index: number): Promise<void> => {
      const { db } = await test.asHost(`host ${index}`);
      const random = randomOf(seed + index);
      const instanceId = randomUUID();
      let held: { runId: string; token: string }[] = [];
      const act = async (database: Database) => {
        await reap({ database, log: silentLog });
        await dispatchDue({ database, limits: { ...defaultEngineLimits, dispatchChunk: 5 }, log: silentLog });
        const claimed = await database.transaction((tx) =>
          claimRuns(tx, {
            instanceId,
            openableTenantIds: tenants,
            limit: 3,
            engineLevel: 1,
            onlyRunId: null,
          }),
        );
        held.push(...claimed);
        const [run, ...others] = held;
        if (run === undefined) return;
        const choice = random();
        if (choice < 0.25) {
          await database.transaction((tx) => beatRun(tx, { ...run, progress: null }));
          return;
        }
        held = others;
        if (choice < 0.4) {
          await database.transaction((tx) => releaseRun(tx, run.runId, run.token, 'host_shutdown'));
        } else if (choice < 0.9) {
          await database.transaction(async (tx) => {
            const fenced = await fenceRun(tx, run.runId, run.token);
            const stored =
              fenced &&
              (await finishRun(tx, run.runId, run.token, {
                state: 'failed',
                reason: 'internal',
                errorCode: null,
                counts: null,
                backupSetId: null,
                progress: null,
              }));
            lateFinishes += 1;
            if (!stored) refusedFinishes += 1;
          });
        }
        // Otherwise it simply forgets the run: the reaper has to find it.
      };
      for (let round = 0; round < rounds; round += 1) await attempt(unplanned, () => act(db));
    };

    const person = async (index: number): Promise<void> => {
      const random = randomOf(seed + 100 + index);
      const logins = new Map<string, Database>();
      for (const tenantId of tenants) {
        logins.set(tenantId, (await test.asTechnician(`person ${index}`, 'manager', tenantId)).db);
      }
      for (let round = 0; round < rounds; round += 1) {
        const schedule = schedules[Math.floor(random() * schedules.length)]!;
        const db = logins.get(schedule.tenantId)!;
        const choice = random();
        await attempt(unplanned, async () => {
          if (choice < 0.4) {
            const { runId } = await requestRun(db, schedule.id);
            if (random() < 0.5) await cancelRun(db, runId);
          } else if (choice < 0.7) {
            await changeSchedule(db, schedule.tenantId, schedule.id, { enabled: random() < 0.7 });
          }
        });
        await clock.advanceMs(Math.floor(random() * 40_000));
      }
    };

    await Promise.all([host(1), host(2), host(3), host(4), person(1), person(2)]);

    expect(unplanned).toEqual([]);
    expect(lateFinishes).toBeGreaterThan(20);
    expect(refusedFinishes).toBeGreaterThan(0);
    const broken = await test.superuser.query<{ rule: string; rows: number }>(`
      select 'one row per slot' as rule, count(*)::int as rows
        from (select 1 from app.backup_runs where slot_at is not null group by schedule_id, slot_at having count(*) > 1) x
      union all
      select 'at most one active run', count(*)::int
        from (select 1 from app.backup_runs where state in ('queued', 'running') group by schedule_id having count(*) > 1) x
      union all
      select 'every slot has its first audit event', count(*)::int
        from app.backup_runs r
       where r.trigger = 'scheduled'
         and not exists (select 1 from app.audit_events e where e.target_id = r.id::text and e.action ~ '^run\\.(queued|skipped|missed)$')
      union all
      select 'the next slot lies after every recorded one', count(*)::int
        from app.backup_schedules s join app.backup_runs r on r.schedule_id = s.id
       where s.next_slot_at <= coalesce(r.missed_until, r.slot_at)
      union all
      select 'one open attempt belongs to one running run', count(*)::int
        from app.run_attempts a join app.backup_runs r on r.id = a.run_id
       where (a.ended_at is null) <> (r.state = 'running' and a.attempt = r.attempt)
      union all
      select 'the audit chain has no hole', count(*)::int
        from (select chain_id from app.audit_events group by chain_id having count(*) <> max(sequence)) x`);
    expect(broken.filter((rule) => rule.rows > 0)).toEqual([]);
    for (const tenantId of tenants) {
      expect((await verifyAuditChain(test.superuser, tenantId)).firstBroken).toBeNull();
    }
    // No slot of a schedule that was never paused is missing between its first and its last one.
    const gaps = await test.superuser.query<{ schedule_id: string }>(`
      select r.schedule_id
        from app.backup_runs r
       where r.slot_at is not null
         and not exists (select 1 from app.audit_events e where e.target_id = r.schedule_id::text and e.action = 'schedule.paused')
       group by r.schedule_id
      having count(*) <> extract(epoch from max(r.slot_at) - min(r.slot_at)) / 900 + 1`);
    expect(gaps).toEqual([]);
  });
});
