import { useNavigate, useSearch } from '@tanstack/react-router';

/** What of the address concerns backup sets; all of it can be copied and gone back to. */
export interface SetsAddress {
  tenantId?: string;
  /** Month of the list, `2026-11`. */
  month?: string;
  /** Sets of runs or imports alone; absent: both. */
  setOrigin?: 'run' | 'import';
  /** Text that is searched for in the sets, and where. */
  find?: string;
  findIn?: 'newest' | 'all' | 'names';
  /** The open set. */
  set?: string;
  setTenant?: string;
  setTab?: SetTab;
  setType?: string;
  setItem?: string;
  /** The set with which the open one is compared; its own tenant when that is another one. */
  compareWith?: string;
  compareTenant?: string;
}

export type SetTab = 'browse' | 'coverage' | 'compare' | 'search';

/** The address of the page, and how to change parts of it; undefined takes a part away. */
export function useSetsAddress(): {
  address: SetsAddress;
  change: (changes: { [Key in keyof SetsAddress]?: SetsAddress[Key] | undefined }) => void;
} {
  const address = useSearch({ strict: false }) as SetsAddress;
  const navigate = useNavigate();
  return {
    address,
    change: (changes) =>
      void navigate({
        to: '/backup-sets',
        search: (previous: SetsAddress) => ({ ...previous, ...changes }),
      } as never),
  };
}

/** What leaves the address when another set, or none, is opened. */
export const closedSet = {
  set: undefined,
  setTenant: undefined,
  setTab: undefined,
  setType: undefined,
  setItem: undefined,
  compareWith: undefined,
  compareTenant: undefined,
} as const;
