import { useState } from 'react';
import { useBridge } from '../../bridge/bridge-context.ts';
import { callProcedure, useProcedure } from '../../queries/use-procedure.ts';

/** Follows one long call while `running`: `begin` gives the id under which it is asked for, `cancel` ends it. */
export function useWork(running: boolean): {
  begin: () => string;
  progress: { done: number; of: number } | null;
  cancel: () => void;
} {
  const bridge = useBridge();
  const [workId, setWorkId] = useState<string | null>(null);
  const answer = useProcedure(
    'work.progress',
    { workId: workId ?? '00000000-0000-4000-8000-000000000000' },
    { enabled: running && workId !== null, refetchInterval: 500 },
  );
  return {
    begin() {
      const id = crypto.randomUUID();
      setWorkId(id);
      return id;
    },
    progress: running && workId !== null ? (answer.data?.progress ?? null) : null,
    cancel: () => {
      if (workId !== null) void callProcedure(bridge, 'work.cancel', { workId });
    },
  };
}
