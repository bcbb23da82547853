import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { PublicCertificate } from '../../components/connect/public-certificate.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { ProblemBar } from '../../components/problem-bar.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure, useProcedureMutation } from '../../queries/use-procedure.ts';

const useStyles = makeStyles({
  box: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalS,
    padding: tokens.spacingHorizontalM,
    border: `1px solid ${tokens.colorStatusWarningBorder1}`,
    borderRadius: tokens.borderRadiusMedium,
  },
  row: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
});

interface CandidateBarProps {
  tenantId: string;
  connected: boolean;
  candidate: NonNullable<OutputOf<Contract['tenants.connection']>['candidate']>;
}

/** A new credential that has not signed in yet; until it has, the old one stays in force, or the tenant disconnected. */
export function CandidateBar({ tenantId, connected, candidate }: CandidateBarProps) {
  const styles = useStyles();
  const check = useProcedure('tenants.access-check', { tenantId }, { refetchInterval: 1000 });
  const again = useProcedureMutation('tenants.check-candidate', ['tenants']);
  const discard = useProcedureMutation('tenants.discard-candidate', ['tenants']);
  const active = check.data?.active ?? null;
  const failure = check.data?.failure ?? null;
  return (
    <section className={styles.box} aria-label="New credential">
      <Text weight="semibold">
        A new credential ({candidate.kind}) waits for its check;{' '}
        {connected ? 'the old one is still in force.' : 'the tenant is disconnected until it has passed.'}
      </Text>
      <Text>
        Proposed <InstantText iso={candidate.proposedAt} /> by {shortText(candidate.proposedBy)}.{' '}
        {active !== null && 'A host is trying it, or about to.'}
        {active === null && failure !== null && `${failure.message} ${failure.nextStep ?? ''}`}
      </Text>
      {candidate.publicCertificate !== null && <PublicCertificate pem={candidate.publicCertificate} />}
      <div className={styles.row}>
        <PermittedButton
          permission="tenant.replace-credential"
          tenantId={tenantId}
          appearance="primary"
          disabled={active !== null || again.isPending}
          onClick={() => again.mutate({ tenantId })}
        >
          Check new credential
        </PermittedButton>
        <Button disabled={discard.isPending} onClick={() => discard.mutate({ tenantId })}>
          Discard new credential
        </Button>
        <CopyButton text={candidate.consentUrl}>Copy its consent link</CopyButton>
      </div>
      <ProblemBar error={again.error ?? discard.error} />
    </section>
  );
}
