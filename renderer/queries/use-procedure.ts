import {
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { Bridge } from '../../shared/bridge.ts';
import type { Contract, ProcedureName } from '../../shared/contract/index.ts';
import type { InputOf, OutputOf } from '../../shared/contract/procedure.ts';
import { useBridge } from '../bridge/bridge-context.ts';
import { ProcedureError } from './procedure-error.ts';

type NamesOfKind<Kind> = {
  [Name in ProcedureName]: Contract[Name]['kind'] extends Kind ? Name : never;
}[ProcedureName];
export type QueryName = NamesOfKind<'query'>;
export type MutationName = NamesOfKind<'mutation'>;

/** Calls a procedure; a refusal becomes a thrown `ProcedureError`, which is what react-query understands. */
export async function callProcedure<Name extends ProcedureName>(
  bridge: Bridge,
  name: Name,
  input: InputOf<Contract[Name]>,
): Promise<OutputOf<Contract[Name]>> {
  const result = await bridge.call(name, input);
  if (!result.ok) throw new ProcedureError(result.error);
  return result.value as OutputOf<Contract[Name]>;
}

/**
 * The key of a query: domain, tenant second so that switching tenants can never show another's rows, then the
 * procedure and its input.
 */
export function procedureKey(name: ProcedureName, input: unknown): readonly unknown[] {
  const tenantId =
    typeof input === 'object' && input !== null && 'tenantId' in input
      ? (input as { tenantId: string | null }).tenantId
      : null;
  return [name.slice(0, name.indexOf('.')), tenantId, name, input];
}

/** Query options of a procedure, for components and for prefetching alike. */
export function procedureOptions<Name extends QueryName>(
  bridge: Bridge,
  name: Name,
  input: InputOf<Contract[Name]>,
) {
  return queryOptions({
    queryKey: procedureKey(name, input),
    queryFn: () => callProcedure(bridge, name, input),
  });
}

/** Reads a procedure and keeps showing the last answer while a changed input is being answered. */
export function useProcedure<Name extends QueryName>(
  name: Name,
  input: InputOf<Contract[Name]>,
  options: { enabled?: boolean; refetchInterval?: number | false } = {},
) {
  const bridge = useBridge();
  return useQuery({
    ...procedureOptions(bridge, name, input),
    placeholderData: keepPreviousData,
    ...options,
  });
}

type PagedName = {
  [Name in QueryName]: OutputOf<Contract[Name]> extends { rows: unknown[]; nextCursor: string | null }
    ? Name
    : never;
}[QueryName];

/** Reads a list page by page; `rows` is all that has come so far. */
export function usePagedProcedure<Name extends PagedName>(
  name: Name,
  input: Omit<InputOf<Contract[Name]>, 'cursor'>,
) {
  const bridge = useBridge();
  const query = useInfiniteQuery({
    queryKey: procedureKey(name, input),
    queryFn: ({ pageParam }) =>
      callProcedure(bridge, name, { ...input, cursor: pageParam } as InputOf<Contract[Name]>),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page as { nextCursor: string | null }).nextCursor,
    placeholderData: keepPreviousData,
  });
  type Row = OutputOf<Contract[Name]>['rows'][number];
  const rows = (query.data?.pages ?? []).flatMap((page) => (page as { rows: Row[] }).rows);
  return { ...query, rows };
}

/** Changes something, then has every list of the named domains asked for again. */
export function useProcedureMutation<Name extends MutationName>(name: Name, refresh: readonly string[]) {
  const bridge = useBridge();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: InputOf<Contract[Name]>) => callProcedure(bridge, name, input),
    onSettled: () => Promise.all(refresh.map((domain) => client.invalidateQueries({ queryKey: [domain] }))),
  });
}
