import type { RetentionRule } from '../../../shared/model/run-spec.ts';
import { useProcedure } from '../../queries/use-procedure.ts';

/** What a new schedule of the tenant keeps unless somebody says otherwise; null until it is known. */
export function useDefaultRetention(tenantId: string): RetentionRule | null {
  const defaults = useProcedure('retention.defaults', {}).data;
  if (defaults === undefined) return null;
  return defaults.tenants.find((each) => each.tenantId === tenantId)?.rule ?? defaults.workspace;
}
