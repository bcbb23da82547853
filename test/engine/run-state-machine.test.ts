import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mayTransition, runTransitions } from '../../main/domain/run-state-machine.ts';
import { isTerminal, type RunState, runStates } from '../../shared/model/run-states.ts';
import { createTestDatabase, type TestDatabase, type TestHost } from '../support/database.ts';
import { addSchedule } from './scheduling-fixture.ts';

let test: TestDatabase;
let host: TestHost;
let tenantId: string;

beforeAll(async () => {
  test = await createTestDatabase();
  host = await test.asHost();
  tenantId = await test.addTenant('Contoso');
});
afterAll(() => test.close());

/** Columns that make a row of a state valid, so that only the transition can be refused. */
const shape: Record<RunState, string> = {
  queued: `reason = null, finished_at = null, lease_expires_at = null, start_deadline_at = app.db_now()`,
  running: `reason = null, finished_at = null, lease_expires_at = app.db_now(), lease_instance = gen_random_uuid(), deadline_at = app.db_now()`,
  succeeded: `finished_at = app.db_now(), lease_expires_at = null, backup_set_id = gen_random_uuid()`,
  partial: `finished_at = app.db_now(), lease_expires_at = null, backup_set_id = gen_random_uuid()`,
  failed: `finished_at = app.db_now(), lease_expires_at = null, backup_set_id = null`,
  cancelled: `finished_at = app.db_now(), lease_expires_at = null, reason = 'by_user'`,
  skipped: `finished_at = app.db_now(), lease_expires_at = null, reason = 'overlap'`,
  missed: `finished_at = app.db_now(), lease_expires_at = null, reason = 'late'`,
  interrupted: `finished_at = app.db_now(), lease_expires_at = null, reason = 'host_lost'`,
};

/** A run in any state, put there behind the trigger's back. */
async function runIn(state: RunState): Promise<string> {
  const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: null });
  const [run] = await test.superuser.query<{ id: string }>(
    `insert into app.backup_runs (tenant_id, schedule_id, trigger, state, spec, spec_version, start_deadline_at, cancel_requested_at)
     values ($1, $2, 'manual', 'queued', '{}', 1, app.db_now(), app.db_now()) returning id`,
    [tenantId, scheduleId],
  );
  if (state !== 'queued') {
    await test.superuser.transaction(async (tx) => {
      await tx.query(`set local session_replication_role = replica`);
      await tx.query(
        `update app.backup_runs set state = '${state}', ${shape[state]}, attempt = 1, lease_token = 1 where id = $1`,
        [run!.id],
      );
    });
  }
  return run!.id;
}

async function tryChange(
  runId: string,
  to: RunState,
  extra: string,
  login = test.superuser,
): Promise<string | null> {
  try {
    await login.query(
      `update app.backup_runs set state = '${to}', ${shape[to]}${extra} where id = '${runId}'`,
    );
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const key = (row: { from: string; to: string; hostOnly: boolean }) => `${row.from} ${row.to} ${row.hostOnly}`;

const change = async (from: RunState, set: string) => {
  const runId = await runIn(from);
  try {
    await test.superuser.query(`update app.backup_runs set ${set} where id = $1`, [runId]);
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('the life of a run', () => {
  it('has the same transitions in the code and in the database', async () => {
    const rows = await test.superuser.query<{ from: RunState; to: RunState; hostOnly: boolean }>(
      `select from_state as "from", to_state as "to", host_only as "hostOnly" from app.run_transitions`,
    );
    expect(rows.map(key).sort()).toEqual(runTransitions.map(key).sort());
  });

  it('is held by the trigger for every pair of states', async () => {
    for (const from of runStates) {
      for (const to of runStates) {
        if (from === to && !isTerminal(from)) continue;
        const refused = await tryChange(
          await runIn(from),
          to,
          to === 'running'
            ? ', lease_token = lease_token + 1, attempt = attempt + 1'
            : ', lease_token = lease_token + 1',
        );
        expect(`${from} -> ${to}: ${refused ?? 'done'}`).toBe(
          `${from} -> ${to}: ${mayTransition(from, to) ? 'done' : 'TK101'}`,
        );
      }
    }
  });

  it('keeps host-only transitions from a login that is no host', async () => {
    const owner = await test.asOwner();
    for (const { from, to, hostOnly } of runTransitions) {
      const extra =
        to === 'running'
          ? ', lease_token = lease_token + 1, attempt = attempt + 1'
          : ', lease_token = lease_token + 1';
      expect(`${from} -> ${to}: ${(await tryChange(await runIn(from), to, extra, owner.db)) ?? 'done'}`).toBe(
        `${from} -> ${to}: ${hostOnly ? 'TK104' : 'done'}`,
      );
    }
  });

  it('never lets a token shrink, identity change, or a claim go without a new token', async () => {
    expect(await change('running', 'lease_token = 0')).toBe('TK103');
    expect(await change('running', 'attempt = 0')).toBe('TK103');
    expect(await change('queued', `spec = '{"a":1}'`)).toBe('TK102');
    expect(await change('queued', `created_at = created_at - interval '1 second'`)).toBe('TK102');
    expect(await change('succeeded', `progress = '{}'`)).toBe('TK101');
    expect(await change('queued', `state = 'running', ${shape.running}`)).toBe('TK103');
    expect(await change('running', `state = 'interrupted', ${shape.interrupted}`)).toBe('TK103');
    expect(
      await change('running', `state = 'cancelled', ${shape.cancelled}, cancel_requested_at = null`),
    ).toBe('TK101');
  });

  it('lets a host insert nothing but the outcome of a slot', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: null });
    const insert = (trigger: string, state: string) =>
      host.db.query(
        `insert into app.backup_runs (tenant_id, schedule_id, trigger, slot_at, state, reason, spec, spec_version, start_deadline_at, finished_at)
         values ($1, $2, $3, $4, $5, 'late', '{}', 1, app.db_now(), $6)`,
        [
          tenantId,
          scheduleId,
          trigger,
          trigger === 'manual' ? null : '2026-11-24T02:00:00Z',
          state,
          state === 'queued' ? null : '2026-11-24T02:00:00Z',
        ],
      );
    await expect(insert('manual', 'queued')).rejects.toMatchObject({ code: '42501' });
    await expect(insert('scheduled', 'failed')).rejects.toMatchObject({ code: '42501' });
    await expect(
      host.db.query(`update app.backup_schedules set name = 'mine' where id = $1`, [scheduleId]),
    ).rejects.toMatchObject({ code: '42501' });
    await expect(
      host.db.query(`delete from app.backup_runs where id = $1`, [randomUUID()]),
    ).rejects.toMatchObject({ code: '42501' });
    await insert('scheduled', 'missed');
  });
});
