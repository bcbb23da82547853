import { Migration } from '@mikro-orm/migrations';
import { requests } from './20261124_0002_scheduling/requests.ts';
import { edits } from './20261124_0002_scheduling/edits.ts';
import { grants, rowPolicies } from './20261124_0002_scheduling/access.ts';
import { guard } from './20261124_0002_scheduling/guard.ts';
import { tables } from './20261124_0002_scheduling/tables.ts';
import { forceRowLevelSecurity } from './row-level-security.ts';

/**
 * Schedules, runs, attempts, run events and host instances. The unique indexes and the trigger are the rules
 * of scheduling; the engine only tries. S7, S8 and S9 are functions of the owner that check the membership
 * of `session_user` themselves: a technician has no write right on these tables at all.
 */
export class Migration20261124_0002_scheduling extends Migration {
  override up(): void {
    const protectedTables = [
      'run_transitions',
      'backup_schedules',
      'backup_runs',
      'run_attempts',
      'run_events',
      'host_instances',
    ];
    for (const statement of [
      tables,
      guard,
      ...protectedTables.flatMap(forceRowLevelSecurity),
      requests,
      edits,
      rowPolicies,
      grants,
    ]) {
      this.addSql(statement);
    }
  }
}
