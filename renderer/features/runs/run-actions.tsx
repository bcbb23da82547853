import { Button, makeStyles, MessageBar, MessageBarBody, Text, tokens } from '@fluentui/react-components';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { isTerminal } from '../../../shared/model/run-states.ts';
import { PageLink } from '../../components/page-link.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { useProcedureMutation } from '../../queries/use-procedure.ts';
import type { RunAnswer } from './run-detail.tsx';
import { SupportBundleDialog } from './support-bundle-dialog.tsx';

const useStyles = makeStyles({
  actions: { display: 'flex', gap: tokens.spacingHorizontalM, flexWrap: 'wrap', alignItems: 'center' },
});

const refreshed = ['runs', 'overview'];

/** What a person can ask of a run: cancel, retry all or the failed types, audit, support bundle. */
export function RunActions({ answer }: { answer: RunAnswer }) {
  const styles = useStyles();
  const navigate = useNavigate();
  const [bundle, setBundle] = useState(false);
  const cancel = useProcedureMutation('runs.cancel', refreshed);
  const retry = useProcedureMutation('runs.retry', refreshed);
  const retryTypes = useProcedureMutation('runs.retry-types', refreshed);
  const { run } = answer;
  const input = { tenantId: run.tenantId, runId: run.id };
  const problem = cancel.error ?? retry.error ?? retryTypes.error;
  const started = retry.data ?? retryTypes.data;
  const retryable = isTerminal(run.state) && run.state !== 'succeeded';
  const open = (runId: string) =>
    void navigate({
      to: '/runs',
      search: (now: object) => ({ ...now, run: runId, runTenant: run.tenantId }),
    } as never);
  return (
    <>
      <div className={styles.actions}>
        {!isTerminal(run.state) && (
          <PermittedButton
            permission="run.cancel"
            tenantId={run.tenantId}
            disabled={run.cancelRequestedAt !== null || cancel.isPending}
            onClick={() => cancel.mutate(input)}
          >
            {run.cancelRequestedAt === null ? 'Cancel run' : 'Cancelling'}
          </PermittedButton>
        )}
        {run.state === 'partial' && (
          <PermittedButton
            permission="run.retry"
            tenantId={run.tenantId}
            disabled={retryTypes.isPending}
            onClick={() => retryTypes.mutate(input)}
          >
            Retry failed types
          </PermittedButton>
        )}
        {retryable && (
          <PermittedButton
            permission="run.retry"
            tenantId={run.tenantId}
            disabled={retry.isPending}
            onClick={() => retry.mutate(input)}
          >
            Retry run
          </PermittedButton>
        )}
        <PermittedButton
          permission="run.support-bundle"
          tenantId={run.tenantId}
          onClick={() => setBundle(true)}
        >
          Copy support bundle
        </PermittedButton>
        <PageLink to="/audit" search={{ tenantId: run.tenantId, target: run.id }}>
          Open in Audit
        </PageLink>
      </div>
      {run.state === 'partial' && (
        <Text size={200}>
          Retry failed types takes over what this run has complete, with its times, and reads only the rest;
          its backup set holds both.
        </Text>
      )}
      {retryable && answer.scheduleDiffersIn.length > 0 && (
        <Text>
          The schedule has other {answer.scheduleDiffersIn.join(' and other ')} by now; a retry uses them.
        </Text>
      )}
      {started && (
        <MessageBar intent="info">
          <MessageBarBody>
            {started.created ? 'A new run is queued.' : 'A run of this schedule is active already.'}{' '}
            <Button size="small" appearance="transparent" onClick={() => open(started.runId)}>
              Open run
            </Button>
          </MessageBarBody>
        </MessageBar>
      )}
      {problem && (
        <MessageBar intent="error">
          <MessageBarBody>
            {problem.message} {nextStepOf(problem)}
          </MessageBarBody>
        </MessageBar>
      )}
      {bundle && <SupportBundleDialog input={input} onClose={() => setBundle(false)} />}
    </>
  );
}

function nextStepOf(error: Error): string {
  const answer = (error as { answer?: { nextStep: string | null } }).answer;
  return answer?.nextStep ?? '';
}
