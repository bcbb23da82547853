import { Migration } from '@mikro-orm/migrations';

/**
 * Indexes for the filters of the audit page, measured at a million events: without them a filter that few events
 * pass (a person who did little, a denial, one run) read the whole trail, two seconds a page.
 */
export class Migration20261124_0007_audit_search extends Migration {
  override up(): void {
    for (const statement of [
      `create index audit_events_by_target on app.audit_events (target_id, at desc)`,
      `create index audit_events_by_action on app.audit_events (action, at desc)`,
      `create index audit_events_by_actor on app.audit_events (actor, at desc)`,
      // Nearly everything succeeds, and nobody looks for that.
      `create index audit_events_by_outcome on app.audit_events (outcome, at desc) where outcome <> 'success'`,
    ]) {
      this.addSql(statement);
    }
  }
}
