import type { RunState } from '../../shared/model/run-states.ts';

/** One sign a state, for cells and bars that have no room for an icon; the sign alone is enough to read them. */
export const stateSigns: Readonly<Record<RunState, string>> = {
  succeeded: '✓',
  partial: '◐',
  failed: '✕',
  interrupted: '↯',
  missed: '▨',
  skipped: '○',
  cancelled: '■',
  queued: '…',
  running: '▸',
};
