import { createHashHistory, createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { z } from 'zod';
import { freshnessStates } from '../../shared/contract/freshness.ts';
import { healthStates } from '../../shared/contract/tenants.ts';
import { runStates } from '../../shared/model/run-states.ts';
import { type AuditPeriod, auditPeriods } from '../features/audit/audit-period.ts';
import { AuditPage } from '../features/audit/audit-page.tsx';
import { BackupSetsPage } from '../features/backup-sets/backup-sets-page.tsx';
import { FreshnessPage } from '../features/freshness/freshness-page.tsx';
import { OverviewPage } from '../features/overview/overview-page.tsx';
import { RunsPage } from '../features/runs/runs-page.tsx';
import { runsSearchFields } from '../features/runs/runs-search.ts';
import { SchedulesPage } from '../features/schedules/schedules-page.tsx';
import { TemplatesPage } from '../features/schedules/templates-page.tsx';
import { templatesSearchFields } from '../features/schedules/templates-search.ts';
import { settingsPages } from '../features/settings/settings-pages.ts';
import { FirstSettingsPage } from '../features/settings/settings-frame.tsx';
import { SetupPage } from '../features/setup/setup-page.tsx';
import { TenantsPage } from '../features/tenants/tenants-page.tsx';
import { tenantSorts, tenantTabs } from '../features/tenants/tenants-view.ts';
import { PageState } from '../components/page-state.tsx';
import { Shell } from './shell.tsx';

/** A field of the address falls back to nothing when it holds nonsense; the rest of the address stays good. */
const id = z.uuid().optional().catch(undefined);
const text = z.string().max(200).optional().catch(undefined);

/** Everything that a view consists of lives in the address, so that it can be copied and gone back to. */
const searchSchema = z.object({
  tenantId: id,
  tenant: id,
  tenantTab: z.enum(tenantTabs).optional().catch(undefined),
  tenantSort: z.enum(tenantSorts).optional().catch(undefined),
  connect: z.literal('new').optional().catch(undefined),
  tag: text,
  freshness: z.enum(freshnessStates).optional().catch(undefined),
  schedule: z
    .union([z.literal('new'), z.uuid()])
    .optional()
    .catch(undefined),
  /** Words that a list is filtered by. */
  q: z.string().max(2000).optional().catch(undefined),
  status: z.enum(['on', 'paused', 'no_slot', 'running']).optional().catch(undefined),
  lastState: z.enum(runStates).optional().catch(undefined),
  health: z.enum(healthStates).optional().catch(undefined),
  healths: z.array(z.enum(healthStates)).min(1).max(healthStates.length).optional().catch(undefined),
  run: id,
  runTenant: id,
  ...runsSearchFields,
  ...templatesSearchFields,
  set: id,
  setTenant: id,
  setTab: z.enum(['browse', 'coverage', 'compare', 'search']).optional().catch(undefined),
  setType: text,
  setItem: z.string().max(500).optional().catch(undefined),
  compareWith: id,
  compareTenant: id,
  month: z
    .string()
    .regex(/^\d{4}-(?:0[1-9]|1[0-2])$/)
    .optional()
    .catch(undefined),
  setOrigin: z.enum(['run', 'import']).optional().catch(undefined),
  find: text,
  findIn: z.enum(['newest', 'all', 'names']).optional().catch(undefined),
  host: id,
  /** A technician whose roles are open, or the form that invites one. */
  technician: z
    .union([z.literal('new'), z.uuid()])
    .optional()
    .catch(undefined),
  auditPeriod: z
    .enum(Object.keys(auditPeriods) as AuditPeriod[])
    .optional()
    .catch(undefined),
  event: z
    .string()
    .regex(/^([0-9a-f-]{36}|workspace)_\d{1,18}$/)
    .optional()
    .catch(undefined),
  /** A notification channel whose settings are open, or the form of a new one. */
  channel: z
    .union([z.literal('new'), z.uuid()])
    .optional()
    .catch(undefined),
});

const rootRoute = createRootRoute({
  component: Shell,
  validateSearch: searchSchema,
  notFoundComponent: () => <PageState title="There is no such page">Choose one at the left.</PageState>,
});

const routes = [
  createRoute({ getParentRoute: () => rootRoute, path: '/', component: OverviewPage }),
  createRoute({ getParentRoute: () => rootRoute, path: '/tenants', component: TenantsPage }),
  createRoute({ getParentRoute: () => rootRoute, path: '/schedules', component: SchedulesPage }),
  createRoute({ getParentRoute: () => rootRoute, path: '/schedules/templates', component: TemplatesPage }),
  createRoute({ getParentRoute: () => rootRoute, path: '/runs', component: RunsPage }),
  createRoute({ getParentRoute: () => rootRoute, path: '/backup-sets', component: BackupSetsPage }),
  createRoute({ getParentRoute: () => rootRoute, path: '/audit', component: AuditPage }),
  createRoute({ getParentRoute: () => rootRoute, path: '/settings', component: FirstSettingsPage }),
  ...settingsPages.map(({ path, component }) =>
    createRoute({ getParentRoute: () => rootRoute, path, component }),
  ),
  createRoute({ getParentRoute: () => rootRoute, path: '/setup', component: SetupPage }),
  createRoute({ getParentRoute: () => rootRoute, path: '/freshness', component: FreshnessPage }),
];

/** Hash history: the same addresses work in a file-like desktop scheme and on the console. */
export function createAppRouter() {
  return createRouter({ routeTree: rootRoute.addChildren(routes), history: createHashHistory() });
}
