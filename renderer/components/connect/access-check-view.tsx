import {
  makeStyles,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  Spinner,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
  Text,
  tokens,
} from '@fluentui/react-components';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { useProcedure, useProcedureMutation } from '../../queries/use-procedure.ts';
import { CopyButton } from '../copy-button.tsx';
import { LoadFailure, LoadingRows, PageState } from '../page-state.tsx';
import { PermittedButton } from '../permitted-button.tsx';
import { ProblemBar } from '../problem-bar.tsx';
import { TenantText } from '../tenant-text.tsx';
import { InstantText, RelativeText } from '../time-text.tsx';
import { AccessStateMark } from './access-state-mark.tsx';

type Check = OutputOf<Contract['tenants.access-check']>;

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
  table: { overflowX: 'auto', '& td': { overflowWrap: 'anywhere' } },
  list: { margin: 0, paddingLeft: tokens.spacingHorizontalXL },
});

/** The access check of one tenant: asked for here, done by a host, shown as soon as it is there. */
export function AccessCheckView({ tenantId }: { tenantId: string }) {
  const styles = useStyles();
  const check = useProcedure('tenants.access-check', { tenantId });
  const active = check.data?.active ?? null;
  // The change feed tells as well; a person who waits for one answer should not wait for that.
  useProcedure('tenants.access-check', { tenantId }, { refetchInterval: active === null ? false : 1000 });
  const ask = useProcedureMutation('tenants.check-access', ['tenants']);
  if (check.isPending) return <LoadingRows label="The access check is being read" />;
  if (check.isError) return <LoadFailure error={check.error} retry={() => void check.refetch()} />;
  const { failure, result } = check.data;
  return (
    <div className={styles.stack}>
      <div className={styles.row}>
        <PermittedButton
          permission="tenant.check-access"
          tenantId={tenantId}
          appearance="primary"
          disabled={active !== null || ask.isPending}
          onClick={() => ask.mutate({ tenantId })}
        >
          Check access
        </PermittedButton>
        <ActiveCheck active={active} />
      </div>
      <ProblemBar error={ask.error} />
      {failure !== null && <Failure failure={failure} />}
      {result !== null && <Result result={result} />}
      {result === null && failure === null && active === null && (
        <PageState title="Not checked yet">
          A check signs in and sends one small request for each policy type. Nothing is changed in the tenant.
        </PageState>
      )}
    </div>
  );
}

function ActiveCheck({ active }: { active: Check['active'] }) {
  return (
    <div role="status">
      {active?.state === 'queued' && (
        <Text>
          Waiting for a host that can open the credential, since <RelativeText iso={active.requestedAt} />.
        </Text>
      )}
      {active?.state === 'running' && (
        <Spinner size="tiny" label={`${active.hostName ?? 'A host'} is asking Microsoft Graph`} />
      )}
    </div>
  );
}

function Failure({ failure }: { failure: NonNullable<Check['failure']> }) {
  return (
    <MessageBar intent="error">
      <MessageBarBody>
        <MessageBarTitle>The last check showed nothing.</MessageBarTitle>
        {failure.message} {failure.nextStep} <code>{failure.code}</code>, <InstantText iso={failure.at} />
      </MessageBarBody>
    </MessageBar>
  );
}

function Result({ result }: { result: NonNullable<Check['result']> }) {
  const styles = useStyles();
  const { missingPermissions } = result;
  return (
    <>
      <Text as="h3" size={400} weight="semibold">
        {result.sentence}
      </Text>
      <Text>
        Checked <InstantText iso={result.at} />
        {result.hostName !== null && ` by ${result.hostName}`}
        {result.organizationName !== null && (
          <>
            , signed in to <TenantText text={result.organizationName} />
          </>
        )}
        .
      </Text>
      {missingPermissions.length > 0 && (
        <section aria-label="Missing permissions">
          <Text block weight="semibold">
            Missing permissions
          </Text>
          <ul className={styles.list}>
            {missingPermissions.map((permission) => (
              <li key={permission}>
                <code>{permission}</code>
              </li>
            ))}
          </ul>
          <div className={styles.row}>
            <CopyButton text={missingPermissions.join('\n')}>Copy permissions</CopyButton>
            <CopyButton text={result.consentUrl}>Copy consent link</CopyButton>
          </div>
        </section>
      )}
      <div className={styles.table} tabIndex={0} role="region" aria-label="Policy types, trouble first">
        <Table size="small" aria-label="Access by policy type">
          <TableHeader>
            <TableRow>
              <TableHeaderCell>Policy type</TableHeaderCell>
              <TableHeaderCell>Outcome</TableHeaderCell>
              <TableHeaderCell>Why</TableHeaderCell>
            </TableRow>
          </TableHeader>
          <TableBody>
            {result.types.map((type) => (
              <TableRow key={type.typeKey}>
                <TableCell>{type.displayName}</TableCell>
                <TableCell>
                  <AccessStateMark state={type.state} />
                </TableCell>
                <TableCell>{type.state === 'readable' ? '' : type.sentence}</TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </div>
    </>
  );
}
