import { Button, makeStyles, MessageBar, MessageBarBody, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedureMutation } from '../../queries/use-procedure.ts';
import { HostPauseDialog } from './host-pause-dialog.tsx';
import { ClockOffset, type HostRow, HostStateBadge, someOf } from './host-state.tsx';
import { useMayPause } from './use-may-pause.ts';

const useStyles = makeStyles({
  stack: { display: 'grid', gap: tokens.spacingVerticalM, paddingBottom: tokens.spacingVerticalL },
  commands: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
});

interface HostDetailProps {
  host: HostRow;
  onClose: () => void;
  onSealed: (sealing: OutputOf<Contract['hosts.reseal']>) => void;
}

/** One host: what is known of it, and approving, pausing, resuming and removing it. */
export function HostDetail({ host, onClose, onSealed }: HostDetailProps) {
  const styles = useStyles();
  const [asking, setAsking] = useState<'pause' | 'remove' | null>(null);
  const approve = useProcedureMutation('hosts.approve', ['hosts', 'status']);
  const remove = useProcedureMutation('hosts.remove', ['hosts', 'status']);
  const resume = useProcedureMutation('hosts.resume', ['hosts', 'status']);
  const obstacle = useMayPause(host);
  const failure = approve.error ?? resume.error;
  return (
    <DetailDrawer title={<TenantText text={host.name} />} open onClose={onClose} size="medium">
      <div className={styles.stack}>
        <div>
          <HostStateBadge state={host.state} />
        </div>
        {!host.approved && (
          <Text>
            It opens nothing before an administrator approves it. Compare the key below with the one that{' '}
            <code>tenantkeep hosts list</code> shows on that computer.
          </Text>
        )}
        {host.pause !== null && (
          <Text>
            Paused by {host.pause.by} since <InstantText iso={host.pause.since} />,{' '}
            {host.pause.until === null ? (
              'until somebody resumes it'
            ) : (
              <>
                until <InstantText iso={host.pause.until} />
              </>
            )}
            {host.pause.reason !== null && `: ${shortText(host.pause.reason)}`}.
          </Text>
        )}
        <OnlyHostWarning host={host} />
        {failure !== null && (
          <MessageBar intent="error">
            <MessageBarBody>{failure.message}</MessageBarBody>
          </MessageBar>
        )}
        <div className={styles.commands}>
          {!host.approved && (
            <PermittedButton
              permission="workspace.hosts"
              tenantId={null}
              appearance="primary"
              disabled={approve.isPending}
              onClick={() => approve.mutate({ hostId: host.id }, { onSuccess: onSealed })}
            >
              Approve host
            </PermittedButton>
          )}
          {host.approved &&
            (host.pause === null ? (
              <Button
                disabledFocusable={obstacle !== null}
                title={obstacle ?? undefined}
                onClick={() => obstacle === null && setAsking('pause')}
              >
                Pause host
              </Button>
            ) : (
              <Button
                disabledFocusable={obstacle !== null || resume.isPending}
                title={obstacle ?? undefined}
                onClick={() => obstacle === null && resume.mutate({ hostId: host.id })}
              >
                Resume host
              </Button>
            ))}
          <PermittedButton permission="workspace.hosts" tenantId={null} onClick={() => setAsking('remove')}>
            Remove host
          </PermittedButton>
        </div>
        <HostFacts host={host} />
      </div>
      {asking === 'pause' && <HostPauseDialog host={host} onClose={() => setAsking(null)} />}
      {asking === 'remove' && (
        <ConfirmDialog
          title={`Remove ${shortText(host.name)}`}
          confirm="Remove host"
          keep="Keep host"
          typedName={host.name}
          error={remove.error}
          pending={remove.isPending}
          onClose={() => setAsking(null)}
          onConfirm={() =>
            remove.mutate(
              { hostId: host.id },
              {
                onSuccess: (sealing) => {
                  onSealed(sealing);
                  onClose();
                },
              },
            )
          }
        >
          <p>
            It loses every right at once, and the credentials are sealed without its key. Its runs and audit
            events stay. If it was lost or stolen, replace the credentials that it could open.
          </p>
          {host.onlyKeyOf.length > 0 && (
            <p>
              Only this host can open {someOf(host.onlyKeyOf)}: their credentials have to be entered again
              afterwards.
            </p>
          )}
        </ConfirmDialog>
      )}
    </DetailDrawer>
  );
}

/** Says whose backups stand or fall with this host. */
function OnlyHostWarning({ host }: { host: HostRow }) {
  if (host.onlyKeyOf.length > 0) {
    return (
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>
          No other host has the key to {someOf(host.onlyKeyOf)}. Approve a second host and reseal the
          credentials.
        </MessageBarBody>
      </MessageBar>
    );
  }
  if (host.onlyAliveFor.length === 0) return null;
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        No other host that is alive can open {someOf(host.onlyAliveFor)}. While this one is paused or gone,
        their slots are missed.
      </MessageBarBody>
    </MessageBar>
  );
}

function HostFacts({ host }: { host: HostRow }) {
  return (
    <dl>
      <dt>Kind and version</dt>
      <dd>
        {host.kind}, {host.version ?? 'version unknown'}
      </dd>
      <dt>Last beat</dt>
      <dd>
        <InstantText iso={host.lastSeenAt} />
      </dd>
      <dt>Last tick</dt>
      <dd>
        <InstantText iso={host.lastTickAt} />
      </dd>
      <dt>Clock against the database</dt>
      <dd>
        <ClockOffset milliseconds={host.clockOffsetMs} />
      </dd>
      <dt>Running now</dt>
      <dd>{host.running}</dd>
      <dt>Tenants that it can open</dt>
      <dd>{host.tenants}</dd>
      <dt>Database login</dt>
      <dd>
        <code>{host.login}</code>
      </dd>
      <dt>Public key</dt>
      <dd>
        <code>{host.publicKey}</code>
      </dd>
      <dt>Enrolled</dt>
      <dd>
        <InstantText iso={host.enrolledAt} />
      </dd>
      {host.thisComputer && (
        <>
          <dt>This computer</dt>
          <dd>
            <code>tenantkeep service status</code> tells how it runs here and where its log is,{' '}
            <code>tenantkeep service install</code> makes it start with the computer. A computer that sleeps
            misses its slots.
          </dd>
        </>
      )}
    </dl>
  );
}
