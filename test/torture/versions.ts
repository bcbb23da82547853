import { migrate } from '../../main/db/migrate.ts';
import { requireCurrentSchema, schemaStatus } from '../../main/db/schema-status.ts';
import { systemClock } from '../../main/clock.ts';
import { isAppError } from '../../shared/errors.ts';
import { type Measurement, measured } from '../support/measurement.ts';
import type { MeasurementCase, MeasurementOptions } from '../support/measurement-runner.ts';
import { judge, openFleet, until } from './support/fleet.ts';

/** R13: two versions of the program on one schema, a schema of another version, two migrators. */
export const versions: MeasurementCase = {
  id: 'R13',
  what: 'two engine levels on one schema, newer and older schemas, two migrators',
  wholeMinutes: { fixed: 0.2, trials: 0 },
  measure: measureVersions,
};

export async function measureVersions({ seed }: MeasurementOptions): Promise<Measurement[]> {
  const fleet = await openFleet({ tenants: 2, schedulesPerTenant: 5, everyMinutes: 5, rate: 5 });
  try {
    const { superuser } = fleet.arena;
    const old = await fleet.start(await fleet.enrol('Old'), {
      work: { kind: 'backup', types: 3, items: 2, stepMs: 800 },
    });
    await fleet.addDueNow(3);
    await old.tick();
    await until(
      async () => (await superuser.query(`select 1 from app.backup_runs where state = 'running'`)).length > 0,
      10_000,
    );
    const heldAtRaise = await superuser.query<{ id: string }>(
      `select id from app.backup_runs where state = 'running'`,
    );
    await superuser.query('update app.schema_meta set min_engine_level = 2');
    const [raised] = await superuser.query<{ at: Date }>('select app.db_now() as at');
    await fleet.addDueNow(5);
    for (let round = 0; round < 3; round += 1) await old.tick();
    const outdatedSeen = await until(async () => (await old.facts()).outdated, 15_000, 200);
    const finished = await until(
      async () =>
        (
          await superuser.query(`select 1 from app.backup_runs where id = any ($1) and state = 'succeeded'`, [
            heldAtRaise.map((run) => run.id),
          ])
        ).length === heldAtRaise.length,
      20_000,
    );
    const [acts] = await superuser.query<{ acts: number }>(
      `select ((select count(*) from app.run_attempts where started_at > $1)
            + (select count(*) from app.backup_runs where trigger = 'scheduled' and created_at > $1))::int as acts`,
      [raised!.at.toISOString()],
    );
    // Now the newer program comes and does what was left, in time or as missed.
    await fleet.start(await fleet.enrol('New'), { engineLevel: 2 });
    await systemClock.sleep(1_500);
    await until(
      async () =>
        (await superuser.query(`select 1 from app.backup_runs where state in ('queued', 'running')`))
          .length === 0,
      20_000,
    );
    const byOld = await superuser.query(
      `select 1 from app.run_attempts a join app.host_instances i on i.id = a.instance_id
        where i.name = 'Old' and a.started_at > $1`,
      [raised!.at.toISOString()],
    );
    const byNew = await superuser.query(
      `select 1 from app.run_attempts a join app.host_instances i on i.id = a.instance_id where i.name = 'New'`,
    );
    const schemas = await tryOtherSchemas(fleet.arena.superuser);
    const migrators = await migrateTwice(fleet.arena.superuserUrl, fleet.arena.superuser);
    return [
      measured(
        'R13',
        'acts of an engine below the level',
        acts!.acts + byOld.length,
        'count',
        { atMost: 0 },
        {
          knowsIt: outdatedSeen,
          finishedWhatItHeld: finished,
          held: heldAtRaise.length,
          runsOfTheNewerEngine: byNew.length,
        },
      ),
      measured(
        'R13',
        'of: old engine knows it is outdated, ends its runs, newer engine works',
        Number(outdatedSeen) + Number(finished && heldAtRaise.length > 0) + Number(byNew.length > 0),
        'count',
        { atLeast: 3 },
      ),
      measured(
        'R13',
        'schemas of other versions refused with a clear message',
        schemas.length,
        'count',
        { atLeast: 3 },
        {
          messages: schemas,
        },
      ),
      measured(
        'R13',
        'of two migrators at once, those that applied anything',
        migrators.winners,
        'count',
        {
          atLeast: 1,
          atMost: 1,
        },
        migrators,
      ),
      ...(await judge(fleet, { id: 'R13', seed, plan: {} })),
    ];
  } finally {
    await fleet.close();
  }
}

type SuperuserHandle = Parameters<typeof schemaStatus>[0];

/** The refusals for a newer, an older and a missing schema. */
async function tryOtherSchemas(superuser: SuperuserHandle): Promise<string[]> {
  const messages: string[] = [];
  const ask = (status: Parameters<typeof requireCurrentSchema>[0]) => {
    try {
      requireCurrentSchema(status);
    } catch (error) {
      if (!isAppError(error) || error.nextStep === undefined) throw error;
      messages.push(`${error.code}: ${error.message} ${error.nextStep}`);
    }
  };
  for (const step of [1, -1]) {
    await superuser.query('update app.schema_meta set schema_version = schema_version + $1', [step]);
    ask(await schemaStatus(superuser));
    await superuser.query('update app.schema_meta set schema_version = schema_version - $1', [step]);
  }
  ask({ state: 'missing', schemaVersion: 0, minEngineLevel: 0, minClientLevel: 0 });
  return messages;
}

async function migrateTwice(
  superuserUrl: string,
  superuser: SuperuserHandle,
): Promise<{ winners: number; applied: number[] }> {
  await superuser.query(`create database contested template template0 encoding 'UTF8'`);
  const url = new URL(superuserUrl);
  url.pathname = '/contested';
  const reports = await Promise.all([migrate(url.href), migrate(url.href)]);
  const applied = reports.map((report) => report.applied.length);
  return { winners: applied.filter((count) => count > 0).length, applied };
}
