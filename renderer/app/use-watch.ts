import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import type { HealthState } from '../../shared/contract/tenants.ts';
import { useBridge } from '../bridge/bridge-context.ts';
import { callProcedure, useProcedure } from '../queries/use-procedure.ts';
import { useNotices } from '../state/notices.ts';

/** A role that was taken away must be felt within five seconds, also where nothing else changes. */
const membershipEveryMs = 4_000;

const worse: ReadonlySet<HealthState> = new Set([
  'at_risk',
  'unprotected',
  'never_backed_up',
  'disconnected',
]);
const healthWords: Readonly<Record<HealthState, string>> = {
  protected: 'Protected',
  at_risk: 'At risk',
  unprotected: 'Unprotected',
  never_backed_up: 'Never backed up',
  disconnected: 'Disconnected',
  paused: 'Paused',
  no_schedule: 'No schedule',
};

/** Tells of tenants whose health became worse, or good again. */
export function useHealthNotices(): void {
  const tenants = useProcedure('tenants.list', {}).data?.rows;
  const known = useRef<Map<string, HealthState>>(null);
  const notify = useNotices((state) => state.notify);
  useEffect(() => {
    if (tenants === undefined) return;
    const before = known.current;
    known.current = new Map(tenants.map((tenant) => [tenant.id, tenant.health.state]));
    for (const tenant of before === null ? [] : tenants) {
      const was = before!.get(tenant.id);
      const is = tenant.health.state;
      if (was === undefined || was === is) continue;
      const link = { to: '/tenants', search: { tenant: tenant.id } };
      const text = `${tenant.name} is ${healthWords[is]}: ${tenant.health.sentence}`;
      if (worse.has(is)) notify({ intent: is === 'at_risk' ? 'warning' : 'error', text, link });
      else if (worse.has(was) && is === 'protected') notify({ intent: 'success', text, link });
    }
  }, [tenants, notify]);
}

/** Tells how the runs ended that this person started by hand. */
export function useOwnRunNotices(): void {
  const bridge = useBridge();
  const me = useProcedure('session.me', {}).data;
  const running = useProcedure('overview.get', { tenantId: null }).data?.running;
  const mine = useRef<Map<string, string>>(new Map());
  const notify = useNotices((state) => state.notify);
  useEffect(() => {
    if (running === undefined || me === undefined) return;
    const active = new Set(running.map((run) => run.id));
    for (const [runId, tenantId] of mine.current) {
      if (active.has(runId)) continue;
      mine.current.delete(runId);
      callProcedure(bridge, 'runs.get', { tenantId, runId }).then(
        ({ run }) =>
          notify({
            intent: run.state === 'succeeded' ? 'success' : run.state === 'partial' ? 'warning' : 'info',
            text: `Run of ${run.scheduleName}, ${run.tenantName}: ${run.state}.`,
            link: { to: '/runs', search: { run: runId, runTenant: tenantId } },
          }),
        // The role may be gone meanwhile; then there is nothing to tell.
        () => undefined,
      );
    }
    for (const run of running) {
      if (run.trigger === 'manual' && [me.name, me.login].includes(run.requestedBy))
        mine.current.set(run.id, run.tenantId);
    }
  }, [running, me, bridge, notify]);
}

/** Closes the views of a tenant whose membership was taken away, drops what was read of it, and says so. */
export function useLostRoles(): void {
  const client = useQueryClient();
  const navigate = useNavigate();
  const memberships = useProcedure('session.me', {}, { refetchInterval: membershipEveryMs }).data
    ?.memberships;
  const known = useRef<Map<string, string>>(null);
  const notify = useNotices((state) => state.notify);
  useEffect(() => {
    if (memberships === undefined) return;
    const before = known.current;
    known.current = new Map(memberships.map(({ tenantId, tenantName }) => [tenantId, tenantName]));
    const lost = [...(before ?? [])].filter(([tenantId]) => !known.current!.has(tenantId));
    if (lost.length === 0) return;
    const ids = new Set(lost.map(([tenantId]) => tenantId));
    // Keys hold their tenant at the second place; lists over all tenants are asked for again.
    client.removeQueries({ predicate: ({ queryKey }) => ids.has(String(queryKey[1])) });
    void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    void navigate({
      to: '.',
      search: (previous: Record<string, unknown>) =>
        Object.values(previous).some((value) => ids.has(String(value))) ? {} : previous,
    } as never);
    for (const [, tenantName] of lost) {
      notify({
        intent: 'warning',
        text: `Your role in ${tenantName} was taken away. Its views are closed; its owners can give it back.`,
      });
    }
  }, [memberships, client, navigate, notify]);
}
