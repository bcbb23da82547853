import type { PermittedPage } from '../../components/permitted-pages.ts';

interface SettingsLink extends PermittedPage {
  path: `/settings/${string}`;
  name: string;
}

/** The pages of the settings, in the order of their navigation; their components are in settings-pages.ts. */
export const settingsLinks = [
  { path: '/settings/hosts', name: 'Hosts', permissions: ['tenant.view'] },
  { path: '/settings/technicians', name: 'Technicians and roles', permissions: ['member.view'] },
  {
    path: '/settings/notifications',
    name: 'Notifications',
    permissions: ['tenant.view', 'workspace.notifications'],
  },
  { path: '/settings/database', name: 'Database', permissions: null },
  {
    path: '/settings/retention',
    name: 'Retention',
    permissions: ['schedule.view', 'workspace.defaults'],
  },
  { path: '/settings/appearance', name: 'Appearance', permissions: null },
  { path: '/settings/diagnostics', name: 'Diagnostics', permissions: null },
  { path: '/settings/about', name: 'About', permissions: null },
] as const satisfies readonly SettingsLink[];

export type SettingsPath = (typeof settingsLinks)[number]['path'];
