import type { Cadence } from '../../shared/model/cadence.ts';
import type { RunSpec } from '../../shared/model/run-spec.ts';
import type { FaultSpec } from '../simulator/faults.ts';

/** A schedule of the demo; `tenant` is the position of the simulated tenant. */
export interface DemoSchedule {
  tenant: number;
  name: string;
  cadence: Cadence;
  timeZone: string;
  spec: RunSpec;
}

/** What the fortnight is made of: two nightlies that collide, one in another zone, one on working days. */
export const fortnightSchedules: readonly DemoSchedule[] = [
  {
    tenant: 0,
    name: 'Nightly full',
    cadence: { kind: 'daily', times: ['02:10'] },
    timeZone: 'Europe/Berlin',
    spec: { policyTypes: 'all', retention: { keepLast: 30, monthly: 12 } },
  },
  {
    tenant: 0,
    name: 'Midday core',
    cadence: { kind: 'weekly', days: ['mon', 'tue', 'wed', 'thu', 'fri'], times: ['12:30'] },
    timeZone: 'Europe/Berlin',
    spec: { policyTypes: 'core', retention: { keepLast: 5 } },
  },
  {
    tenant: 1,
    name: 'Nightly full',
    cadence: { kind: 'daily', times: ['02:10'] },
    timeZone: 'Europe/Berlin',
    spec: { policyTypes: 'all', retention: { keepLast: 30 } },
  },
  {
    tenant: 2,
    name: 'Nightly core',
    cadence: { kind: 'daily', times: ['03:00'] },
    timeZone: 'Europe/London',
    spec: { policyTypes: 'core', retention: { keepLast: 14 } },
  },
];

/** What goes wrong in a night, and what people do in the afternoon after it. All of it really happens. */
export interface DemoDay {
  /** Faults of the simulator from the evening to the morning. */
  faults?: readonly FaultSpec[];
  /** No host from the evening to the morning. */
  outage?: boolean;
  /** Somebody backs the first tenant up by hand so late that the night's slot finds the run active. */
  overlap?: boolean;
  /**
   * `run`: a run by hand of the first tenant. `cancel`: one that is cancelled. `interrupt`: the host is stopped in
   * the middle of one. `pause` and `resume`: the working-day schedule.
   */
  afternoon?: 'run' | 'cancel' | 'interrupt' | 'pause' | 'resume';
}

/** By the number of the night, from 1. */
export const fortnightDays: Readonly<Record<number, DemoDay>> = {
  3: {
    faults: [
      {
        name: 'permission-missing',
        tenant: 'Alder',
        path: '/deviceManagement/deviceManagementScripts',
        settings: { scopes: 'DeviceManagementScripts.Read.All' },
      },
    ],
  },
  4: { afternoon: 'run' },
  5: { outage: true },
  7: { overlap: true },
  8: { faults: [{ name: 'token-secret-expired', tenant: 'Brightwater' }] },
  9: { afternoon: 'interrupt' },
  10: { afternoon: 'pause' },
  11: { afternoon: 'cancel' },
  12: {
    faults: [{ name: 'throttle', tenant: 'Brightwater', count: 2, settings: { retryAfter: '3' } }],
    afternoon: 'resume',
  },
};
