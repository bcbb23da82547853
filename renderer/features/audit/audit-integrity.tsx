import { MessageBar, MessageBarBody } from '@fluentui/react-components';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure, useProcedureMutation } from '../../queries/use-procedure.ts';

/** The check of a tenant's chain: asked for, followed, and told. */
export function useIntegrityCheck() {
  return useProcedureMutation('audit.verify', ['audit']);
}
type IntegrityCheck = ReturnType<typeof useIntegrityCheck>;

export function CheckButton({ check, tenantId }: { check: IntegrityCheck; tenantId: string }) {
  return (
    <PermittedButton
      permission="audit.verify"
      tenantId={tenantId}
      disabled={check.isPending}
      onClick={() => check.mutate({ tenantId })}
    >
      {check.isPending ? 'Checking…' : 'Check integrity'}
    </PermittedButton>
  );
}

/** How far the check is, then what it found and what it was compared with. */
export function CheckReport({ check, tenantId }: { check: IntegrityCheck; tenantId: string }) {
  const progress = useProcedure(
    'audit.verify-progress',
    { tenantId },
    { enabled: check.isPending, refetchInterval: check.isPending ? 500 : false },
  );
  if (check.variables?.tenantId !== tenantId) return null;
  if (check.isPending) {
    const so = progress.data?.progress;
    return (
      <MessageBar intent="info">
        <MessageBarBody>
          {so && so.total > 0
            ? `${so.events.toLocaleString()} of ${so.total.toLocaleString()} events are checked.`
            : 'The chain is being read.'}
        </MessageBarBody>
      </MessageBar>
    );
  }
  if (check.error) {
    return (
      <MessageBar intent="error">
        <MessageBarBody>{check.error.message}</MessageBarBody>
      </MessageBar>
    );
  }
  if (!check.data) return null;
  const { verified, events, headHash, firstBroken, savedHead } = check.data;
  return (
    <MessageBar intent={verified ? 'success' : 'error'} layout="multiline">
      <MessageBarBody>
        {verified
          ? `Verified 1 to ${events.toLocaleString()}, head ${headHash.slice(0, 12)}. `
          : `Broken at ${firstBroken?.sequence}: ${firstBroken?.what} `}
        {savedHead === null ? (
          'No end of this chain is kept outside of the database yet.'
        ) : (
          <>
            Compared with the end that was kept in {savedHead.keptIn}: event{' '}
            {Number(savedHead.sequence).toLocaleString()}, <InstantText iso={savedHead.savedAt} />.
          </>
        )}
      </MessageBarBody>
    </MessageBar>
  );
}
