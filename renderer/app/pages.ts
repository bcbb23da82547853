/** The pages of the navigation, in its order; `key` follows G on the keyboard. */
export const pages = [
  { path: '/', name: 'Overview', key: 'o' },
  { path: '/tenants', name: 'Tenants', key: 't' },
  { path: '/schedules', name: 'Schedules', key: 's' },
  { path: '/runs', name: 'Runs', key: 'r' },
  { path: '/backup-sets', name: 'Backup sets', key: 'b' },
  { path: '/audit', name: 'Audit', key: 'a' },
  { path: '/settings', name: 'Settings', key: ',' },
] as const;
