import { Migration20261124_0001_foundation } from './20261124_0001_foundation.ts';
import { Migration20261124_0002_scheduling } from './20261124_0002_scheduling.ts';
import { Migration20261124_0003_backup_content } from './20261124_0003_backup_content.ts';
import { Migration20261124_0004_tenant_keys } from './20261124_0004_tenant_keys.ts';
import { Migration20261124_0005_housekeeping } from './20261124_0005_housekeeping.ts';
import { Migration20261124_0006_delegated_sign_in } from './20261124_0006_delegated_sign_in.ts';
import { Migration20261124_0007_audit_search } from './20261124_0007_audit_search.ts';
import { Migration20261128_0008_host_pause } from './20261128_0008_host_pause.ts';
import { Migration20261128_0009_access_checks } from './20261128_0009_access_checks.ts';
import { Migration20261128_0010_schedule_pauses } from './20261128_0010_schedule_pauses.ts';
import { Migration20261128_0011_isolation } from './20261128_0011_isolation.ts';
import { Migration20261128_0012_alerts } from './20261128_0012_alerts.ts';
import { Migration20261128_0013_set_verifications } from './20261128_0013_set_verifications.ts';
import { Migration20261128_0014_alert_secrets } from './20261128_0014_alert_secrets.ts';
import { Migration20261128_0015_restored_copies } from './20261128_0015_restored_copies.ts';
import { Migration20261128_0016_retention_defaults } from './20261128_0016_retention_defaults.ts';
import { Migration20261128_0017_runs_and_attention } from './20261128_0017_runs_and_attention.ts';
import { Migration20261128_0018_reconnection } from './20261128_0018_reconnection.ts';
import { Migration20261130_0019_schedule_templates } from './20261130_0019_schedule_templates.ts';
import { Migration20261130_0024_reach_counts } from './20261130_0024_reach_counts.ts';

/**
 * All migrations, oldest first; forward only. The position in this list, counted from one, is the schema
 * version. Add a line for a new file, never change or reorder the old ones once they are released.
 */
export const migrations = [
  { name: '20261124_0001_foundation', class: Migration20261124_0001_foundation },
  { name: '20261124_0002_scheduling', class: Migration20261124_0002_scheduling },
  { name: '20261124_0003_backup_content', class: Migration20261124_0003_backup_content },
  { name: '20261124_0004_tenant_keys', class: Migration20261124_0004_tenant_keys },
  { name: '20261124_0005_housekeeping', class: Migration20261124_0005_housekeeping },
  { name: '20261124_0006_delegated_sign_in', class: Migration20261124_0006_delegated_sign_in },
  { name: '20261124_0007_audit_search', class: Migration20261124_0007_audit_search },
  { name: '20261128_0008_host_pause', class: Migration20261128_0008_host_pause },
  { name: '20261128_0009_access_checks', class: Migration20261128_0009_access_checks },
  { name: '20261128_0010_schedule_pauses', class: Migration20261128_0010_schedule_pauses },
  { name: '20261128_0011_isolation', class: Migration20261128_0011_isolation },
  { name: '20261128_0012_alerts', class: Migration20261128_0012_alerts },
  { name: '20261128_0013_set_verifications', class: Migration20261128_0013_set_verifications },
  { name: '20261128_0014_alert_secrets', class: Migration20261128_0014_alert_secrets },
  { name: '20261128_0015_restored_copies', class: Migration20261128_0015_restored_copies },
  { name: '20261128_0016_retention_defaults', class: Migration20261128_0016_retention_defaults },
  { name: '20261128_0017_runs_and_attention', class: Migration20261128_0017_runs_and_attention },
  { name: '20261128_0018_reconnection', class: Migration20261128_0018_reconnection },
  { name: '20261130_0019_schedule_templates', class: Migration20261130_0019_schedule_templates },
  { name: '20261130_0024_reach_counts', class: Migration20261130_0024_reach_counts },
];
