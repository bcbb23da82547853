import { accessChecks } from './access-checks.ts';
import { alerts } from './alerts.ts';
import { attention } from './attention.ts';
import { audit } from './audit.ts';
import { backupSets } from './backup-sets.ts';
import { connections } from './connections.ts';
import { diagnostics } from './diagnostics.ts';
import { freshness } from './freshness.ts';
import { members } from './members.ts';
import { overview } from './overview.ts';
import { retention } from './retention.ts';
import { runViews } from './run-views.ts';
import { runs } from './runs.ts';
import { savedViews } from './saved-views.ts';
import { scheduleAdvice } from './schedule-advice.ts';
import { scheduleBulk } from './schedule-bulk.ts';
import { scheduleTemplates } from './schedule-templates.ts';
import { schedules } from './schedules.ts';
import { setComparisons } from './set-comparisons.ts';
import { setItems } from './set-items.ts';
import { setSearch } from './set-search.ts';
import { setup } from './setup.ts';
import { tenants } from './tenants.ts';
import { workspace } from './workspace.ts';
import { work } from './work.ts';

/** Everything a renderer can ask for, by name. The only index file of the project. */
export const contract = {
  ...overview,
  ...tenants,
  ...schedules,
  ...scheduleAdvice,
  ...scheduleBulk,
  ...scheduleTemplates,
  ...runs,
  ...runViews,
  ...attention,
  ...backupSets,
  ...setItems,
  ...setSearch,
  ...setComparisons,
  ...audit,
  ...alerts,
  ...diagnostics,
  ...workspace,
  ...retention,
  ...accessChecks,
  ...members,
  ...savedViews,
  ...connections,
  ...work,
  ...setup,
  ...freshness,
} as const;

export type Contract = typeof contract;
export type ProcedureName = keyof Contract;

/** What a push tells: that something changed, never the thing itself. The client asks again. */
export interface ChangeNotice {
  kind: 'tenants' | 'schedules' | 'runs' | 'backup-sets' | 'audit' | 'hosts';
  tenantId: string | null;
  id: string | null;
}
