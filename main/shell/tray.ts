import { Menu, Tray } from 'electron';
import type { FleetStatus } from './fleet-status.ts';
import type { OwnHostState } from './own-host.ts';
import { trayIcon } from './tray-icon.ts';
import { fleetInWords, hostInWords, trayMenu, type TrayActions } from './tray-menu.ts';

export interface StatusTray {
  show(fleet: FleetStatus | null, host: OwnHostState): void;
}

/** The icon beside the clock: state of the fleet at a glance, and the few things one does without the window. */
export function createStatusTray(actions: TrayActions): StatusTray {
  const tray = new Tray(trayIcon(null));
  tray.on('click', () => actions.open());
  return {
    show(fleet, host) {
      tray.setImage(trayIcon(fleet?.worst ?? null));
      tray.setToolTip(`TenantKeep\n${fleetInWords(fleet)}\n${hostInWords(host)}`);
      tray.setContextMenu(Menu.buildFromTemplate(trayMenu(fleet, host, actions)));
    },
  };
}
