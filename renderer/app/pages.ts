import {
  AppsListDetail20Regular,
  ArchiveMultiple20Regular,
  Building20Regular,
  CalendarClock20Regular,
  ClipboardTextLtr20Regular,
  type FluentIcon,
  Settings20Regular,
  ShieldCheckmark20Regular,
} from '@fluentui/react-icons';
import type { PermittedPage } from '../components/permitted-pages.ts';

interface AppPage extends PermittedPage {
  path: string;
  name: string;
  key: string;
  Icon: FluentIcon;
}

/**
 * The pages of the navigation, in its order; `key` follows G on the keyboard. A page is there for whoever has one of
 * its permissions in any tenant; null: for everybody.
 */
export const pages = [
  { path: '/', name: 'Overview', key: 'o', Icon: ShieldCheckmark20Regular, permissions: ['tenant.view'] },
  { path: '/tenants', name: 'Tenants', key: 't', Icon: Building20Regular, permissions: ['tenant.view'] },
  {
    path: '/schedules',
    name: 'Schedules',
    key: 's',
    Icon: CalendarClock20Regular,
    permissions: ['schedule.view'],
  },
  { path: '/runs', name: 'Runs', key: 'r', Icon: AppsListDetail20Regular, permissions: ['run.view'] },
  {
    path: '/backup-sets',
    name: 'Backup sets',
    key: 'b',
    Icon: ArchiveMultiple20Regular,
    permissions: ['set.view'],
  },
  {
    path: '/audit',
    name: 'Audit',
    key: 'a',
    Icon: ClipboardTextLtr20Regular,
    permissions: ['audit.view', 'workspace.audit'],
  },
  { path: '/settings', name: 'Settings', key: ',', Icon: Settings20Regular, permissions: null },
] as const satisfies readonly AppPage[];

/** Pages below one of the navigation that somebody may need who does not see that one. */
export const subPages = [
  {
    path: '/schedules/templates',
    name: 'Schedule templates',
    permissions: ['schedule.view', 'workspace.defaults'],
  },
] as const satisfies readonly (PermittedPage & { path: string; name: string })[];
