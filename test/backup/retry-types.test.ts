import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listScheduleOverviews } from '../../main/db/repositories/schedule-overviews.ts';
import { readRunOutcomes } from '../../main/db/repositories/run-outcomes.ts';
import { readSetParts } from '../../main/db/repositories/backup-sets.ts';
import { requestTypesRetry } from '../../main/db/repositories/runs.ts';
import { verifyBackupSets } from '../../main/engine/backup/verify.ts';
import {
  type BackupFixture,
  createBackupFixture,
  policy,
  policyType,
  type ScriptedTenant,
  scriptedReader,
} from './backup-fixture.ts';

const types = ['alpha', 'beta', 'gamma'].map((key) => policyType(key));

const broken = { outcome: 'incomplete', reason: 'throttled_out', expected: null } as const;
const absent = { outcome: 'not_available', reason: 'not_licensed', expected: null } as const;

/** Beta is throttled out, or mended; alpha changes with the round and must not be read by a retry. */
const round = (number: number, betaBroken: boolean): ScriptedTenant =>
  new Map<string, ScriptedTenant extends Map<string, infer Type> ? Type : never>([
    ['alpha', { items: [policy('a1', { description: `round ${number}` }), policy('a2')] }],
    ['beta', betaBroken ? { items: [], reading: broken } : { items: [policy('b1')] }],
    ['gamma', { items: [], reading: absent }],
  ]);

/** A retry of failed types makes a whole set: what was complete is taken over, the rest is read. */
describe('a retry of failed types', () => {
  let fixture: BackupFixture;
  beforeAll(async () => {
    fixture = await createBackupFixture(types);
  });
  afterAll(async () => fixture?.close());

  it('reads only them, and seals a whole set whose older parts keep their own time', async () => {
    const scheduleId = await fixture.addSchedule();
    const first = await fixture.run(round(1, true), {}, { scheduleId });
    expect(first.completion.state).toBe('partial');
    const reader = scriptedReader(round(2, false));
    const retry = await fixture.run(new Map(), {}, { scheduleId, reader, carriesFrom: first.runId });

    expect(reader.asked).toEqual(['beta']);
    expect(retry.completion).toMatchObject({
      state: 'succeeded',
      counts: {
        types: { complete: 2, notAvailable: 1, incomplete: 0 },
        items: 3,
        added: 1,
        changed: 0,
        removed: 0,
      },
    });
    const parts = await readSetParts(fixture.db, fixture.tenantId, retry.backupSetId!);
    const before = await readSetParts(fixture.db, fixture.tenantId, first.backupSetId!);
    expect(parts.map((part) => [part.typeKey, part.outcome])).toEqual([
      ['alpha', 'complete'],
      ['beta', 'complete'],
      ['gamma', 'not_available'],
    ]);
    expect(parts[0]).toEqual(before[0]);
    expect(parts[1]!.readEndedAt! > before[0]!.readEndedAt!).toBe(true);
    const outcomes = await readRunOutcomes(fixture.db, fixture.tenantId, retry.runId);
    expect(outcomes.map(({ typeKey, carried, added }) => [typeKey, carried, added])).toEqual([
      ['alpha', true, 0],
      ['beta', false, 1],
      ['gamma', true, null],
    ]);
    expect(retry.events.map((event) => event.code)).toContain('types_carried');
    expect((await verifyBackupSets(fixture.db, fixture.tenantId)).damages).toEqual([]);

    // Health goes by what is oldest in the set, not by when it was sealed.
    const [overview] = await listScheduleOverviews(fixture.test.superuser, {
      tenantId: fixture.tenantId,
      scheduleId,
    });
    expect(overview!.lastGoodSetAt!.toISOString().slice(0, 23)).toBe(before[0]!.readEndedAt!.slice(0, 23));
  });

  it('takes over again after its host was lost, and reads what the first attempt did not finish', async () => {
    const scheduleId = await fixture.addSchedule();
    const first = await fixture.run(round(1, true), {}, { scheduleId });
    const spec = { policyTypes: 'all' as const, retention: { keepLast: 3 } };
    const lease = await fixture.startRun(spec, { scheduleId, carriesFrom: first.runId });
    const stuck = scriptedReader(new Map([['beta', { throws: new Error('the host is gone') }]]));
    await fixture.executor(stuck).execute(lease);
    const second = await fixture.secondAttempt(lease);
    const reader = scriptedReader(round(2, false));
    const executor = fixture.executor(reader);
    const completion = await executor.execute(second);
    expect(reader.asked).toEqual(['beta']);
    expect(completion.state).toBe('succeeded');
    await fixture.finish(second, completion);
  });

  it('reads a type again whose manifest is gone', async () => {
    const scheduleId = await fixture.addSchedule();
    const first = await fixture.run(round(7, true), {}, { scheduleId });
    await fixture.test.superuser.query(
      `delete from app.manifests where sha256 = (select manifest_sha256 from app.run_types where run_id = $1 and policy_type = 'alpha')`,
      [first.runId],
    );
    const reader = scriptedReader(round(7, false));
    await fixture.run(new Map(), {}, { scheduleId, reader, carriesFrom: first.runId });
    expect(reader.asked.toSorted()).toEqual(['alpha', 'beta']);
  });

  it('is refused where its set would not be whole and newest', async () => {
    const { db } = await fixture.test.asTechnician('Olga', 'operator', fixture.tenantId);
    const scheduleId = await fixture.addSchedule();
    const whole = await fixture.run(round(1, false), {}, { scheduleId });
    const refusal = async (runId: string) =>
      await requestTypesRetry(db, runId).then(
        () => 'accepted',
        (error: { code: string }) => error.code,
      );
    expect(await refusal(whole.runId)).toBe('run_types_not_retryable');
    const older = await fixture.run(round(2, true), {}, { scheduleId });
    const newer = await fixture.run(round(3, true), {}, { scheduleId });
    expect(await refusal(older.runId)).toBe('run_types_superseded');
    await fixture.test.superuser.query('alter table app.backup_runs disable trigger user');
    const age = (hours: number) =>
      fixture.test.superuser.query(
        `update app.backup_runs set finished_at = app.db_now() - make_interval(hours => $2) where id = $1`,
        [newer.runId, hours],
      );
    await age(25);
    expect(await refusal(newer.runId)).toBe('run_types_too_old');
    await age(1);
    expect(await refusal(newer.runId)).toBe('accepted');
    const again = await requestTypesRetry(db, newer.runId);
    expect(again.created).toBe(false);
    const [row] = await fixture.test.superuser.query<{ carries_from: string; audited: number }>(
      `select r.carries_from, (select count(*)::int from app.audit_events e
                                where e.action = 'run.types_retry_requested' and e.target_id = r.id::text) as audited
         from app.backup_runs r where r.id = $1`,
      [again.runId],
    );
    expect(row).toEqual({ carries_from: newer.runId, audited: 1 });
  });
});
