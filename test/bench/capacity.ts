import { loadavg } from 'node:os';
import { measured, notMeasured } from '../support/measurement.ts';
import type { MeasurementCase } from '../support/measurement-runner.ts';
import { measureCosts } from './capacity-costs.ts';
import {
  assumed,
  type Cadence,
  judgeFleet,
  limitOfConnections,
  limitsOfOneHost,
  workOfRun,
} from './fleet-simulation.ts';

const cadences: Cadence[] = ['daily', 'fourHourly'];
const sizes = [50, 200, 500, 2000];

/** What ARCHITECTURE.md shows of it is made from `detail` (test/support/figures-sections.ts). */
export const capacity: MeasurementCase = {
  id: 'CAPACITY',
  what: 'tenants that one host and one database carry: costs measured here, fleets simulated from them',
  async measure({ seed }) {
    const what = 'tenants that one host carries, daily within six hours';
    if (process.platform !== 'linux') {
      return [
        notMeasured('CAPACITY', what, 'tenants', 'The processor time of the database is read from /proc.'),
      ];
    }
    const costs = await measureCosts(seed);
    const fleets = cadences.flatMap((cadence) =>
      sizes.map((tenants) => judgeFleet(costs, { tenants, cadence }, seed)),
    );
    const limits = Object.fromEntries(
      cadences.map((cadence) => [
        cadence,
        { ...limitsOfOneHost(costs, cadence), connections: limitOfConnections(costs, cadence) },
      ]),
    );
    const work = Object.fromEntries(cadences.map((cadence) => [cadence, workOfRun(costs, cadence)]));
    const daily = limitsOfOneHost(costs, 'daily');
    return [
      measured(
        'CAPACITY',
        what,
        Math.min(...Object.values(daily)),
        'tenants',
        {},
        {
          measured: costs,
          assumed,
          work,
          limits,
          fleets,
          load: loadavg()[0],
        },
      ),
    ];
  },
};
