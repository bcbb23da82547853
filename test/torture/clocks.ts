import { type Measurement, measured } from '../support/measurement.ts';
import type { MeasurementCase, MeasurementOptions } from '../support/measurement-runner.ts';
import { judge, openFleet, until } from './support/fleet.ts';

/** R6: the host's clock is wrong or jumps. */
export const clocks: MeasurementCase = {
  id: 'R6',
  what: 'host clock off by ±5 s, ±30 s, ±1 day, and jumping back',
  wholeMinutes: { fixed: 0.25, trials: 0 },
  measure: measureClocks,
};

const dayMs = 86_400_000;
const offsetsMs = [0, 5_000, -5_000, 30_000, -30_000, dayMs, -dayMs, dayMs, 0];

/** The host's clock is set while it works, from each error to the next; due slots come as if nothing had happened. */
export async function measureClocks({ seed }: MeasurementOptions): Promise<Measurement[]> {
  const fleet = await openFleet({
    tenants: 2,
    schedulesPerTenant: 4,
    everyMinutes: 15,
    rate: 1,
    work: { kind: 'backup', types: 2, items: 2, stepMs: 50 },
  });
  try {
    const { superuser } = fleet.arena;
    const host = await fleet.start(await fleet.enrol('Wrong clock'), { limits: { checkInMs: 500 } });
    const warning = "This machine's clock differs";
    let notShown = 0;
    let wrongWarnings = 0;
    let notRun = 0;
    const steps: object[] = [];
    let wasFar = false;
    for (const offsetMs of offsetsMs) {
      const warnedBefore = host.logged(warning);
      host.send({ kind: 'offset', wallOffsetMs: offsetMs });
      // The row shows database minus host.
      const shown = await until(
        async () => {
          const rows = await superuser.query<{ ms: number }>(
            `select clock_offset_ms as ms from app.host_instances where state = 'running' order by started_at desc limit 1`,
          );
          return rows[0] !== undefined && Math.abs(rows[0].ms + offsetMs) < 1_500;
        },
        15_000,
        100,
      );
      if (!shown) notShown += 1;
      const due = await fleet.addDueNow(2);
      await host.tick();
      const ran = await until(
        async () =>
          (
            await superuser.query(
              `select 1 from app.backup_runs where schedule_id = any ($1) and state = 'succeeded' and created_at < slot_at + interval '120 seconds'`,
              [due],
            )
          ).length === due.length,
        20_000,
        100,
      );
      if (!ran) notRun += 1;
      const isFar = Math.abs(offsetMs) >= 30_000;
      const warned = host.logged(warning) > warnedBefore;
      // Said once while it lasts; a jump in between may say it again.
      if (isFar && !wasFar && !warned) wrongWarnings += 1;
      if (!isFar && warned) wrongWarnings += 1;
      wasFar = isFar;
      steps.push({ offsetSeconds: offsetMs / 1000, shown, ran, warned });
    }
    return [
      measured('R6', 'offsets that the host row did not show', notShown, 'count', { atMost: 0 }, { steps }),
      measured('R6', 'warnings missing or needless', wrongWarnings, 'count', { atMost: 0 }),
      measured('R6', 'slots that a wrong clock kept from running', notRun, 'count', { atMost: 0 }),
      ...(await judge(fleet, { id: 'R6', seed, plan: { offsetsMs } })),
    ];
  } finally {
    await fleet.close();
  }
}
