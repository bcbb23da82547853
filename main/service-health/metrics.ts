import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { errorText } from '../../shared/errors.ts';
import { runStates } from '../../shared/model/run-states.ts';
import type { OperationFigures } from '../db/repositories/operation-figures.ts';
import type { EngineState } from '../engine/engine.ts';
import type { Log } from '../engine/ports.ts';
import type { Liveness, ServiceState } from './liveness.ts';

const serviceStates: readonly ServiceState[] = [
  'waiting',
  'well',
  'troubled',
  'stuck',
  'outdated',
  'stopping',
];

/**
 * The figures of this service in the text format of Prometheus 0.0.4, read anew at each call. Tenants appear by
 * their id only. When the database does not answer, `tenantkeep_database_up` is 0 and what comes from it is
 * absent, never old.
 */
export function createMetrics(options: {
  version: string;
  judge: () => Liveness;
  /** null before the database was reached. */
  engine: () => EngineState | null;
  figures: () => Promise<OperationFigures | null>;
  log: Log;
}): () => Promise<{ contentType: string; text: string }> {
  const registry = new Registry();
  const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name: `tenantkeep_${name}`, help, labelNames, registers: [registry] });
  collectDefaultMetrics({ register: registry });

  gauge('info', 'Always 1; the version of the program.', ['version']).set({ version: options.version }, 1);
  const state = gauge('service_state', '1 for the state that the service is in.', ['state']);
  const ticks = new Counter({
    name: 'tenantkeep_ticks_total',
    help: 'Ticks that ended well since the start.',
    registers: [registry],
  });
  const held = gauge('runs_held', 'Runs that this host works on.');
  const openable = gauge('openable_tenants', 'Tenants whose credential this host can open.');
  const offset = gauge('clock_offset_seconds', 'Time of the database minus time of this computer.');
  const up = gauge('database_up', '1 when the database answered this very question.');
  const runs = gauge('runs', 'Runs of the last 24 hours by state, of all hosts.', ['state']);
  const waiting = gauge('oldest_queued_seconds', 'Age of the oldest queued run; 0 when none waits.');
  const overdue = gauge(
    'schedules_overdue',
    'Enabled schedules whose slot passed more than five minutes ago and that nobody dispatched.',
  );
  const hosts = gauge('hosts_alive', 'Hosts that checked in within the last 45 seconds.');
  const lastGood = gauge(
    'last_good_set_timestamp_seconds',
    'When the newest complete backup set of a tenant was sealed; absent while there is none.',
    ['tenant_id'],
  );
  const counts = [waiting, overdue, hosts];
  const labelled = [runs, lastGood];

  return async () => {
    const now = options.judge().state;
    for (const each of serviceStates) state.set({ state: each }, each === now ? 1 : 0);
    const engine = options.engine();
    ticks.reset();
    ticks.inc(engine?.ticks ?? 0);
    held.set(engine?.runs.length ?? 0);
    openable.set(engine?.openableTenantIds.length ?? 0);
    offset.set((engine?.clockOffset?.offsetMs ?? 0) / 1_000);

    for (const each of labelled) each.reset();
    let figures: OperationFigures | null = null;
    try {
      figures = await options.figures();
    } catch (error) {
      options.log.warn({ error: errorText(error) }, 'The figures of the database could not be read');
    }
    up.set(figures === null ? 0 : 1);
    if (figures === null) {
      for (const each of counts) each.remove();
    } else {
      for (const each of runStates) runs.set({ state: each }, figures.runs[each] ?? 0);
      waiting.set(figures.oldestQueuedSeconds);
      overdue.set(figures.overdueSchedules);
      hosts.set(figures.aliveHosts);
      for (const { tenantId, sealedAtSeconds } of figures.lastGoodSets) {
        lastGood.set({ tenant_id: tenantId }, sealedAtSeconds);
      }
    }
    return { contentType: registry.contentType, text: await registry.metrics() };
  };
}
