import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { RunRow } from '../../../shared/contract/run-fields.ts';
import { isTerminal } from '../../../shared/model/run-states.ts';
import { useBridge } from '../../bridge/bridge-context.ts';
import { callProcedure, useProcedure } from '../../queries/use-procedure.ts';
import type { RunFilterInput } from './runs-search.ts';

const mostRefreshed = 100;

/**
 * The list of runs as its reader began to look at it. What changes afterwards never moves it: rows that are not
 * at their end are renewed in place, and what came since is counted until the reader brings it in.
 */
export function useRunList(filter: RunFilterInput) {
  const bridge = useBridge();
  const client = useQueryClient();
  // A domain of its own: notices of changes renew the lists of the domain "runs", and would move this one.
  const key = ['run-list', filter.tenantId ?? null, filter] as const;
  const list = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => callProcedure(bridge, 'runs.list', { ...filter, cursor: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const pages = list.data?.pages ?? [];
  const rows = pages.flatMap((page) => page.rows);
  const asOf = pages[0]?.asOf ?? null;
  const unsettled = rows.filter((run) => !isTerminal(run.state)).slice(0, mostRefreshed);
  const refresh = useProcedure(
    'runs.refresh',
    { ...filter, createdAfter: asOf ?? '', runIds: unsettled.map((run) => run.id) },
    { enabled: asOf !== null, refetchInterval: 30_000 },
  );

  const changed = refresh.data?.rows;
  const keyText = JSON.stringify(key);
  useEffect(() => {
    if (changed === undefined || changed.length === 0) return;
    const byId = new Map<string, RunRow>(changed.map((run) => [run.id, run]));
    client.setQueryData<typeof list.data>(JSON.parse(keyText), (data) => {
      if (data === undefined) return data;
      const renewed = data.pages.map((page) => ({
        ...page,
        rows: page.rows.map((run) => byId.get(run.id) ?? run),
      }));
      return { ...data, pages: renewed };
    });
  }, [changed, client, keyText]);

  return {
    list,
    rows,
    newRuns: refresh.data?.newRuns ?? 0,
    /** Begins again at the newest run. */
    bringIn: () => void client.resetQueries({ queryKey: key }),
  };
}
