import { createApi } from '../../main/api/api.ts';
import { systemClock } from '../../main/clock.ts';
import { openDatabase } from '../../main/db/open-database.ts';
import type { Cadence } from '../../shared/model/cadence.ts';
import { openArena } from '../support/arena.ts';
import { measured, percentile } from '../support/measurement.ts';
import type { MeasurementCase } from '../support/measurement-runner.ts';
import { silentLog } from '../support/silent-log.ts';

const cadences: readonly Cadence[] = [
  { kind: 'daily', times: ['02:30'] },
  { kind: 'weekly', days: ['mon', 'wed', 'sun'], times: ['01:15', '02:45'] },
  { kind: 'monthly', on: { kind: 'lastDay' }, times: ['23:59'] },
  { kind: 'hourly', everyHours: 4, minute: 7 },
  { kind: 'everyMinutes', minutes: 5, anchorUtc: '2026-01-01T00:00:00Z' },
  { kind: 'cron', expression: '*/7 2-5 * * 1-5' },
  { kind: 'cron', expression: '30 2 29 2 *' },
];
const zones = ['Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Pacific/Apia'];
const rounds = 6;

/** What the editor asks at every rest of the typing, as a page asks it: permission, database time, slots, clock change. */
export const slotPreview: MeasurementCase = {
  id: 'P11',
  what: 'preview of the next 5 runs with the clock changes of 12 months, through the whole API',
  async measure() {
    const arena = await openArena({});
    try {
      await arena.addTenant('Contoso');
      const [tenant] = await arena.superuser.query<{ id: string }>('select id from app.tenants limit 1');
      const database = await openDatabase({
        url: await arena.addTechnician('Planner'),
        applicationName: 'tenantkeep/bench',
        max: 2,
      });
      try {
        const api = createApi({ version: '0.0.0-bench', clock: systemClock, log: silentLog });
        const session = { login: 'planner', database };
        const times: number[] = [];
        for (let round = 0; round < rounds; round += 1) {
          for (const timeZone of zones) {
            for (const cadence of cadences) {
              const startedMs = systemClock.monotonicMs();
              const answer = await api.dispatch(session, {
                name: 'schedules.preview',
                input: { tenantId: tenant!.id, cadence, timeZone, count: 5 },
              });
              // The first round fills the tables of zones, which a running program has.
              if (round > 0) times.push(systemClock.monotonicMs() - startedMs);
              if (!answer.ok) throw new Error(answer.error.message);
            }
          }
        }
        return [
          measured(
            'P11',
            'preview through the API, p95',
            percentile(times, 0.95),
            'ms',
            { atMost: 20 },
            {
              samples: times.length,
              slowestMs: Number(Math.max(...times).toFixed(1)),
              medianMs: Number(percentile(times, 0.5).toFixed(1)),
            },
          ),
        ];
      } finally {
        await database.close();
      }
    } finally {
      await arena.close();
    }
  },
};
