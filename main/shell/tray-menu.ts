import type { MenuItemConstructorOptions } from 'electron';
import type { HealthState } from '../../shared/contract/tenants.ts';
import { type FleetStatus, slotInWords } from './fleet-status.ts';
import type { OwnHostState } from './own-host.ts';

export interface TrayActions {
  open(): void;
  quit(): void;
  runNow(schedule: FleetStatus['schedules'][number]): void;
  pauseHost(): void;
  resumeHost(): void;
}

const healthWords: Readonly<Record<HealthState, string>> = {
  protected: 'Protected',
  at_risk: 'At risk',
  unprotected: 'Unprotected',
  never_backed_up: 'Never backed up',
  disconnected: 'Disconnected',
  paused: 'Paused',
  no_schedule: 'No schedule',
};

/** The fleet in one line: the worst health and how many tenants it is about. */
export function fleetInWords(fleet: FleetStatus | null): string {
  if (fleet === null) return 'The database does not answer';
  if (fleet.worst === null) return 'No tenants yet';
  const count = fleet.tenants.filter((tenant) => tenant.health === fleet.worst).length;
  return count === fleet.tenants.length
    ? `All ${count} tenants: ${healthWords[fleet.worst]}`
    : `${healthWords[fleet.worst]}: ${count} of ${fleet.tenants.length} tenants`;
}

/** What this computer does as a host, in one line. */
export function hostInWords(host: OwnHostState): string {
  switch (host.kind) {
    case 'running':
      return host.runs === 0 ? 'This host is ready' : `This host works on ${host.runs} run(s)`;
    case 'starting':
      return 'This host is starting';
    case 'refused':
      return `This host does not run: ${host.problem}`;
    case 'none':
      return 'This computer is no host; other computers run the backups';
    default:
      return 'This host is paused';
  }
}

/** The tray's menu as data: what is true now above, what can be done below. `fleet` null: nothing is known. */
export function trayMenu(
  fleet: FleetStatus | null,
  host: OwnHostState,
  actions: TrayActions,
): MenuItemConstructorOptions[] {
  const schedules = (fleet?.schedules ?? []).slice(0, 30);
  return [
    { label: fleetInWords(fleet), enabled: false },
    {
      label:
        fleet?.nextSlot == null ? 'No slot within two hours' : `Next slot: ${slotInWords(fleet.nextSlot)}`,
      enabled: false,
    },
    { label: `Running: ${fleet?.running ?? 0}`, enabled: false },
    { label: hostInWords(host), enabled: false },
    { type: 'separator' },
    {
      label: 'Run now',
      enabled: schedules.length > 0,
      submenu: schedules.map((schedule) => ({
        label: `${schedule.tenantName}: ${schedule.name}`,
        click: () => actions.runNow(schedule),
      })),
    },
    ...hostSwitch(host, actions),
    { type: 'separator' },
    { label: 'Open TenantKeep', click: () => actions.open() },
    { label: 'Quit', click: () => actions.quit() },
  ];
}

function hostSwitch(host: OwnHostState, actions: TrayActions): MenuItemConstructorOptions[] {
  if (host.kind === 'none') return [];
  return host.kind === 'running' || host.kind === 'starting'
    ? [{ label: 'Pause this host', click: () => actions.pauseHost() }]
    : [{ label: 'Resume this host', click: () => actions.resumeHost() }];
}
