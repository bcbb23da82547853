import { useProcedure } from '../../queries/use-procedure.ts';

/** Names of policy types by their keys; the key itself where this version does not know it. */
export function useTypeNames(): (typeKey: string) => string {
  const types = useProcedure('schedules.policy-types', {});
  return (typeKey) => types.data?.types.find(({ key }) => key === typeKey)?.displayName ?? typeKey;
}
