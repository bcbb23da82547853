import type { contract, Contract, ProcedureName } from '../../shared/contract/index.ts';
import type { OutputOf } from '../../shared/contract/procedure.ts';
import type { HealthState } from '../../shared/contract/tenants.ts';
import { instantFromIso } from '../../shared/model/instant.ts';
import type { Router, Session } from '../api/router.ts';

type Overview = OutputOf<(typeof contract)['overview.get']>;

/** What tray and notifications show of the fleet, as the person may see it. */
export interface FleetStatus {
  /** Null while there is no tenant to speak of. */
  worst: HealthState | null;
  tenants: { id: string; name: string; health: HealthState; sentence: string }[];
  running: number;
  nextSlot: Overview['upcoming'][number] | null;
  schedules: { id: string; tenantId: string; name: string; tenantName: string }[];
}

const worstFirst: readonly HealthState[] = [
  'unprotected',
  'at_risk',
  'never_backed_up',
  'disconnected',
  'no_schedule',
  'paused',
  'protected',
];

/** The worst health among them, or null for none. */
export function worstHealth(states: readonly HealthState[]): HealthState | null {
  return worstFirst.find((state) => states.includes(state)) ?? null;
}

/** Asks the router as the person; throws when a call is refused, because then nothing can be said. */
export async function readFleetStatus(router: Router, session: Session): Promise<FleetStatus> {
  const [overview, tenants, schedules] = await Promise.all([
    ask(router, session, 'overview.get'),
    ask(router, session, 'tenants.list'),
    ask(router, session, 'schedules.list'),
  ]);
  return {
    worst: worstHealth(tenants.rows.map((tenant) => tenant.health.state)),
    tenants: tenants.rows.map((tenant) => ({
      id: tenant.id,
      name: tenant.name,
      health: tenant.health.state,
      sentence: tenant.health.sentence,
    })),
    running: overview.running.filter((run) => run.state === 'running').length,
    nextSlot: overview.upcoming[0] ?? null,
    schedules: schedules.rows
      .filter((schedule) => schedule.enabled)
      .map(({ id, tenantId, name, tenantName }) => ({ id, tenantId, name, tenantName })),
  };
}

/** Slots that nobody would start, were this host to end now: those of the next hour, when no other host is alive. */
export async function slotsOnlyThisHostKeeps(
  router: Router,
  session: Session,
): Promise<Overview['upcoming']> {
  const [overview, status] = await Promise.all([
    ask(router, session, 'overview.get'),
    ask(router, session, 'status.get'),
  ]);
  if (overview.hostsAlive > 1) return [];
  const untilMs = instantFromIso(status.databaseNow).getTime() + 3_600_000;
  return overview.upcoming.filter((slot) => instantFromIso(slot.slotAt).getTime() <= untilMs);
}

/** A slot in words, in the time of this computer: `14:05 Contoso, nightly`. */
export function slotInWords(slot: Overview['upcoming'][number]): string {
  const time = instantFromIso(slot.slotAt).toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
  });
  return `${time} ${slot.tenantName}, ${slot.scheduleName}`;
}

async function ask<Name extends ProcedureName>(
  router: Router,
  session: Session,
  name: Name,
): Promise<OutputOf<Contract[Name]>> {
  const result = await router.dispatch(session, { name, input: {} });
  if (!result.ok) throw new Error(`${name} was refused: ${result.error.code}`);
  return result.value as OutputOf<Contract[Name]>;
}
