import {
  AppsListDetail20Regular,
  ArchiveMultiple20Regular,
  Building20Regular,
  CalendarClock20Regular,
  ClipboardTextLtr20Regular,
  Settings20Regular,
  ShieldCheckmark20Regular,
} from '@fluentui/react-icons';

/** The pages of the navigation, in its order; `key` follows G on the keyboard. */
export const pages = [
  { path: '/', name: 'Overview', key: 'o', Icon: ShieldCheckmark20Regular },
  { path: '/tenants', name: 'Tenants', key: 't', Icon: Building20Regular },
  { path: '/schedules', name: 'Schedules', key: 's', Icon: CalendarClock20Regular },
  { path: '/runs', name: 'Runs', key: 'r', Icon: AppsListDetail20Regular },
  { path: '/backup-sets', name: 'Backup sets', key: 'b', Icon: ArchiveMultiple20Regular },
  { path: '/audit', name: 'Audit', key: 'a', Icon: ClipboardTextLtr20Regular },
  { path: '/settings', name: 'Settings', key: ',', Icon: Settings20Regular },
] as const;
