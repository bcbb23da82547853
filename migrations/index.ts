/**
 * All migrations, oldest first; forward only. The position in this list, counted from one, is the schema
 * version. Add a line for a new file, never change or reorder the old ones once they are released. They are loaded
 * where they are carried out, and nowhere else: every start of the program asks for their number.
 */
export const migrations = [
  {
    name: '20261124_0001_foundation',
    load: async () => (await import('./20261124_0001_foundation.ts')).Migration20261124_0001_foundation,
  },
  {
    name: '20261124_0002_scheduling',
    load: async () => (await import('./20261124_0002_scheduling.ts')).Migration20261124_0002_scheduling,
  },
  {
    name: '20261124_0003_backup_content',
    load: async () =>
      (await import('./20261124_0003_backup_content.ts')).Migration20261124_0003_backup_content,
  },
  {
    name: '20261124_0004_tenant_keys',
    load: async () => (await import('./20261124_0004_tenant_keys.ts')).Migration20261124_0004_tenant_keys,
  },
  {
    name: '20261124_0005_housekeeping',
    load: async () => (await import('./20261124_0005_housekeeping.ts')).Migration20261124_0005_housekeeping,
  },
  {
    name: '20261124_0006_delegated_sign_in',
    load: async () =>
      (await import('./20261124_0006_delegated_sign_in.ts')).Migration20261124_0006_delegated_sign_in,
  },
  {
    name: '20261124_0007_audit_search',
    load: async () => (await import('./20261124_0007_audit_search.ts')).Migration20261124_0007_audit_search,
  },
  {
    name: '20261128_0008_host_pause',
    load: async () => (await import('./20261128_0008_host_pause.ts')).Migration20261128_0008_host_pause,
  },
  {
    name: '20261128_0009_access_checks',
    load: async () => (await import('./20261128_0009_access_checks.ts')).Migration20261128_0009_access_checks,
  },
  {
    name: '20261128_0010_schedule_pauses',
    load: async () =>
      (await import('./20261128_0010_schedule_pauses.ts')).Migration20261128_0010_schedule_pauses,
  },
  {
    name: '20261128_0011_isolation',
    load: async () => (await import('./20261128_0011_isolation.ts')).Migration20261128_0011_isolation,
  },
  {
    name: '20261128_0012_alerts',
    load: async () => (await import('./20261128_0012_alerts.ts')).Migration20261128_0012_alerts,
  },
  {
    name: '20261128_0013_set_verifications',
    load: async () =>
      (await import('./20261128_0013_set_verifications.ts')).Migration20261128_0013_set_verifications,
  },
  {
    name: '20261128_0014_alert_secrets',
    load: async () => (await import('./20261128_0014_alert_secrets.ts')).Migration20261128_0014_alert_secrets,
  },
  {
    name: '20261128_0015_restored_copies',
    load: async () =>
      (await import('./20261128_0015_restored_copies.ts')).Migration20261128_0015_restored_copies,
  },
  {
    name: '20261128_0016_retention_defaults',
    load: async () =>
      (await import('./20261128_0016_retention_defaults.ts')).Migration20261128_0016_retention_defaults,
  },
  {
    name: '20261128_0017_runs_and_attention',
    load: async () =>
      (await import('./20261128_0017_runs_and_attention.ts')).Migration20261128_0017_runs_and_attention,
  },
  {
    name: '20261128_0018_reconnection',
    load: async () => (await import('./20261128_0018_reconnection.ts')).Migration20261128_0018_reconnection,
  },
  {
    name: '20261130_0019_schedule_templates',
    load: async () =>
      (await import('./20261130_0019_schedule_templates.ts')).Migration20261130_0019_schedule_templates,
  },
  {
    name: '20261130_0020_imported_sets',
    load: async () => (await import('./20261130_0020_imported_sets.ts')).Migration20261130_0020_imported_sets,
  },
  {
    name: '20261130_0021_reach_counts',
    load: async () => (await import('./20261130_0021_reach_counts.ts')).Migration20261130_0021_reach_counts,
  },
  {
    name: '20261130_0022_deleted_tenants',
    load: async () =>
      (await import('./20261130_0022_deleted_tenants.ts')).Migration20261130_0022_deleted_tenants,
  },
];
