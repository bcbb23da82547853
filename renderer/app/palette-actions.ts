import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ScheduleRow } from '../../shared/contract/schedules.ts';
import { mayDo, weakestRoleFor } from '../../shared/model/permissions.ts';
import { useBridge } from '../bridge/bridge-context.ts';
import { activePageKeys } from '../components/page-keys.ts';
import { ProcedureError } from '../queries/procedure-error.ts';
import { callProcedure, useProcedure } from '../queries/use-procedure.ts';
import { useNotices } from '../state/notices.ts';
import { usePreferences } from '../state/preferences.ts';
import { useShownPages } from './use-shown-pages.ts';

/** One line of the command palette. */
export interface PaletteAction {
  id: string;
  group: 'This page' | 'Pages' | 'Tenants' | 'Schedules' | 'Runs' | 'Appearance and session';
  name: string;
  key: string | null;
  /** Why it cannot be done, or null. */
  unavailable: string | null;
  destructive: boolean;
  act: () => void;
}

/** More than anybody reads; typing more letters finds the rest. */
const mostOfAKind = 30;
const mostToScore = 200;
const runIdBeginning = /^[0-9a-f]{4}[0-9a-f-]{0,32}$/;

const plain = { key: null, unavailable: null, destructive: false };

/** What the palette offers for what is typed; tenants, schedules and runs come in as they are read. */
export function usePaletteActions(typed: string): PaletteAction[] {
  const bridge = useBridge();
  const pages = useShownPages();
  const navigate = useNavigate();
  const { setTheme, setZone } = usePreferences();
  // What was mounted when the palette opened; the palette itself is a dialog and would hide it.
  const [ofPage] = useState(pageActions);
  const go = (to: string, search: Record<string, unknown>) => void navigate({ to, search } as never);

  const everywhere: PaletteAction[] = [
    ...pages.map((page) => ({
      ...plain,
      id: `page ${page.path}`,
      group: 'Pages' as const,
      name: `Open ${page.name}`,
      key: `G ${page.key.toUpperCase()}`,
      act: () => go(page.path, {}),
    })),
    ...(['light', 'dark', 'high-contrast', 'system'] as const).map((theme) => ({
      ...plain,
      id: `theme ${theme}`,
      group: 'Appearance and session' as const,
      name: theme === 'system' ? 'Use the theme of the system' : `Use the ${theme.replace('-', ' ')} theme`,
      act: () => setTheme(theme),
    })),
    ...(['local', 'utc', 'schedule'] as const).map((zone) => ({
      ...plain,
      id: `zone ${zone}`,
      group: 'Appearance and session' as const,
      name: {
        local: 'Show local times',
        utc: 'Show times in UTC',
        schedule: "Show times in the schedule's zone",
      }[zone],
      act: () => setZone(zone),
    })),
  ];
  if (bridge.host.signOut !== null) {
    everywhere.push({
      ...plain,
      id: 'sign out',
      group: 'Appearance and session',
      name: 'Sign out',
      destructive: true,
      act: () => void bridge.host.signOut?.().then(() => window.location.reload()),
    });
  }
  const found = [
    ...useTenantActions(typed, go),
    ...useScheduleActions(typed, go),
    ...useRunActions(typed, go),
  ];
  return [...ofPage, ...everywhere, ...found];
}

function pageActions(): PaletteAction[] {
  return activePageKeys().map((key) => ({
    id: `key ${key.key}`,
    group: 'This page',
    name: key.name,
    key: key.key.toUpperCase(),
    unavailable: key.unavailable ?? null,
    destructive: key.destructive === true,
    act: key.act,
  }));
}

type Go = (to: string, search: Record<string, unknown>) => void;

/** Fuzzy matching is for lists of a size that can be scored at every letter; long ones are cut by plain text first. */
function shortlist<Row>(rows: readonly Row[], nameOf: (row: Row) => string, typed: string): Row[] {
  if (rows.length <= mostToScore) return [...rows];
  const words = typed.toLowerCase().trim().split(/\s+/);
  return rows
    .filter((row) => words.some((word) => nameOf(row).toLowerCase().includes(word)))
    .slice(0, mostToScore);
}

function useTenantActions(typed: string, go: Go): PaletteAction[] {
  const tenants = useProcedure('tenants.list', {});
  return shortlist(tenants.data?.rows ?? [], (tenant) => tenant.name, typed).map((tenant) => ({
    ...plain,
    id: `tenant ${tenant.id}`,
    group: 'Tenants',
    name: `Open tenant ${tenant.name}`,
    act: () => go('/tenants', { tenant: tenant.id }),
  }));
}

function useScheduleActions(typed: string, go: Go): PaletteAction[] {
  const schedules = useProcedure('schedules.list', {});
  const me = useProcedure('session.me', {});
  const bridge = useBridge();
  const client = useQueryClient();
  const notify = useNotices((state) => state.notify);
  // Not a mutation of this component: the palette is gone before the answer comes.
  const start = async ({ tenantId, id, ...schedule }: ScheduleRow): Promise<void> => {
    try {
      const { runId } = await callProcedure(bridge, 'runs.start', { tenantId, scheduleId: id });
      go('/runs', { run: runId, runTenant: tenantId });
    } catch (error) {
      notify({ intent: 'error', text: `${schedule.name} was not started: ${errorSentence(error)}` });
    }
    for (const domain of ['runs', 'schedules', 'overview']) {
      void client.invalidateQueries({ queryKey: [domain] });
    }
  };
  const obstacle = (schedule: ScheduleRow): string | null => {
    const role = me.data?.memberships.find(({ tenantId }) => tenantId === schedule.tenantId)?.role ?? null;
    return me.data === undefined || mayDo('run.start', { administrator: me.data.administrator, role })
      ? null
      : `This needs the role ${weakestRoleFor('run.start')} in the tenant.`;
  };
  return shortlist(schedules.data?.rows ?? [], named, typed).flatMap((schedule): PaletteAction[] => [
    {
      ...plain,
      id: `schedule ${schedule.id}`,
      group: 'Schedules',
      name: `Open schedule ${named(schedule)}`,
      act: () => go('/schedules', { schedule: schedule.id, tenant: schedule.tenantId }),
    },
    schedule.activeRunId === null
      ? {
          ...plain,
          id: `run now ${schedule.id}`,
          group: 'Schedules',
          name: `Run now: ${named(schedule)}`,
          unavailable: obstacle(schedule),
          act: () => void start(schedule),
        }
      : {
          ...plain,
          id: `active run ${schedule.id}`,
          group: 'Schedules',
          name: `Open run of ${named(schedule)}`,
          act: () => go('/runs', { run: schedule.activeRunId!, runTenant: schedule.tenantId }),
        },
  ]);
}

const named = (schedule: ScheduleRow): string => `${schedule.name} of ${schedule.tenantName}`;

const errorSentence = (error: unknown): string =>
  error instanceof ProcedureError ? error.message : 'nobody answered.';

/** The newest runs by the beginning of their id. */
function useRunActions(typed: string, go: Go): PaletteAction[] {
  const prefix = typed.trim().toLowerCase();
  const isId = runIdBeginning.test(prefix);
  const runs = useProcedure('runs.list', { tenantId: null }, { enabled: isId });
  if (!isId) return [];
  return (runs.data?.rows ?? [])
    .filter((run) => run.id.startsWith(prefix))
    .slice(0, mostOfAKind)
    .map((run) => ({
      ...plain,
      id: `run ${run.id}`,
      group: 'Runs',
      name: `Open run ${run.id}: ${run.scheduleName} of ${run.tenantName}, ${run.state}`,
      act: () => go('/runs', { run: run.id, runTenant: run.tenantId }),
    }));
}
