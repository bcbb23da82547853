import { AppError } from '../../shared/errors.ts';
import type { Database } from './database.ts';
import { readDatabaseTime } from './repositories/schedules.ts';

/**
 * The clock of the demo's own database, for the replay of a fortnight. Everything that is stored or decided asks
 * `app.db_now()`, so moving that one function by a constant moves the whole product, and nothing in the product
 * knows of it. It takes the owner of the database, whom only an embedded one has at hand, and goes forward only:
 * audit events whose times ran back would be no history.
 */
export interface DemoClock {
  now(): Promise<Date>;
  /** Goes on from that instant at the pace of real time. Throws for an instant that has passed. */
  moveTo(instant: Date): Promise<void>;
}

const moved = /\(clock_timestamp\(\) \+ interval '[^']*'\)/;
const realTime = 'clock_timestamp()';

/** The function as the migration made it, also where a demo that was killed left it moved. */
async function readOriginal(owner: Database): Promise<string> {
  const [row] = await owner.query<{ definition: string }>(
    `select pg_get_functiondef('app.db_now()'::regprocedure) as definition`,
  );
  return row!.definition.replace(moved, realTime);
}

/** Real time again, by the function that the migration made. */
export async function restoreClock(owner: Database): Promise<void> {
  await owner.query(await readOriginal(owner));
}

/**
 * Takes the clock over and sets it to an instant in the past, before anything is stored. A database that holds
 * tenants keeps its time, and gets it back if a demo that was killed had moved it. Throws AppError `demo_home_used`.
 */
export async function takeDemoClock(
  owner: Database,
  startOf: (present: Date) => Date,
): Promise<DemoClock & { present: Date }> {
  await restoreClock(owner);
  const [used] = await owner.query<{ tenants: number }>('select count(*)::int as tenants from app.tenants');
  if (used!.tenants > 0) {
    throw new AppError('demo_home_used', 'This home holds tenants already, and no demo is made of them.', {
      nextStep: 'Leave --home out, or name a directory that is empty.',
    });
  }
  const present = await readDatabaseTime(owner);
  // The same function with another body: defaults, policies and prepared statements follow it by its identity.
  const original = await readOriginal(owner);
  const show = async (instant: Date): Promise<void> => {
    const [real] = await owner.query<{ now: Date }>(`select ${realTime} as now`);
    const shiftMs = Math.min(0, instant.getTime() - real!.now.getTime());
    await owner.query(original.replace(realTime, () => `(${realTime} + interval '${shiftMs} milliseconds')`));
  };
  await show(startOf(present));
  return {
    present,
    now: () => readDatabaseTime(owner),
    async moveTo(instant) {
      const now = await readDatabaseTime(owner);
      if (instant.getTime() < now.getTime()) {
        throw new Error(`The clock of the demo stands at ${now.toISOString()} and does not go back.`);
      }
      await show(instant);
    },
  };
}
