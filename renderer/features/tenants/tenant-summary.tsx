import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import type { TenantRow } from '../../../shared/contract/tenants.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { PublicCertificate } from '../../components/connect/public-certificate.tsx';
import { HealthBadge } from '../../components/health-badge.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { CandidateBar } from './candidate-bar.tsx';
import { DeleteTenantDialog } from './delete-tenant-dialog.tsx';
import { DisconnectDialog } from './disconnect-dialog.tsx';
import { EditTenantDialog } from './edit-tenant-dialog.tsx';
import { ReplaceCredentialDialog } from './replace-credential-dialog.tsx';

const useStyles = makeStyles({
  facts: {
    display: 'grid',
    gridTemplateColumns: 'max-content minmax(0, 1fr)',
    columnGap: tokens.spacingHorizontalL,
    rowGap: tokens.spacingVerticalXS,
    margin: 0,
    '& dd': { margin: 0, overflowWrap: 'anywhere' },
    '& dt': { color: tokens.colorNeutralForeground3 },
  },
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
});

type Asking = 'edit' | 'replace' | 'disconnect' | 'delete' | null;

/** Health, address and credential of one tenant, and what can be changed about them. */
export function TenantSummary({ tenant, onClose }: { tenant: TenantRow; onClose: () => void }) {
  const styles = useStyles();
  const [asking, setAsking] = useState<Asking>(null);
  const tenantId = tenant.id;
  const connection = useProcedure('tenants.connection', { tenantId }, { enabled: tenant.myRole !== null });
  const close = () => setAsking(null);
  const credential = connection.data?.credential ?? null;
  return (
    <>
      <div className={styles.row}>
        <HealthBadge health={tenant.health} />
        <Text>{tenant.health.sentence}</Text>
      </div>
      {connection.data?.candidate != null && (
        <CandidateBar
          tenantId={tenantId}
          connected={tenant.connected}
          candidate={connection.data.candidate}
        />
      )}
      <dl className={styles.facts}>
        <dt>Entra tenant id</dt>
        <dd>
          <code>{tenant.entraTenantId}</code>
        </dd>
        <dt>Cloud</dt>
        <dd>{tenant.cloud}</dd>
        <dt>Tags</dt>
        <dd>{tenant.tags.length === 0 ? 'None' : tenant.tags.map((tag) => shortText(tag)).join(', ')}</dd>
        <dt>Last good backup set</dt>
        <dd>
          <InstantText iso={tenant.health.lastGoodSetAt} />
        </dd>
        <dt>Allowed age</dt>
        <dd>
          {tenant.ownAllowedAgeMinutes === null
            ? 'By the cadence of each schedule'
            : `${Math.round(tenant.ownAllowedAgeMinutes / 60)} h, set by hand`}
        </dd>
        <dt>Credential</dt>
        <dd>
          {tenant.credential === null ? 'None: no host can read this tenant.' : tenant.credential.kind}
          {tenant.credential !== null && tenant.credential.expiresAt !== null && (
            <>
              , ends <InstantText iso={tenant.credential.expiresAt} />
            </>
          )}
        </dd>
        {connection.data?.clientId != null && (
          <>
            <dt>Application (client) id</dt>
            <dd>
              <code>{connection.data.clientId}</code>
            </dd>
          </>
        )}
        {credential !== null && (
          <>
            <dt>Can be opened by</dt>
            <dd>
              {credential.hosts.length === 0
                ? 'No approved host'
                : credential.hosts.map((host) => shortText(host)).join(', ')}
              {credential.hosts.length === 1 && ' only'}
            </dd>
            <dt>Stored</dt>
            <dd>
              <InstantText iso={credential.storedAt} /> by {shortText(credential.storedBy)}
            </dd>
          </>
        )}
      </dl>
      <div className={styles.row}>
        <PermittedButton permission="tenant.edit" tenantId={tenantId} onClick={() => setAsking('edit')}>
          Edit tenant
        </PermittedButton>
        {tenant.connected ? (
          <>
            <PermittedButton
              permission="tenant.replace-credential"
              tenantId={tenantId}
              onClick={() => setAsking('replace')}
            >
              Replace credential
            </PermittedButton>
            <PermittedButton
              permission="tenant.disconnect"
              tenantId={tenantId}
              onClick={() => setAsking('disconnect')}
            >
              Disconnect tenant
            </PermittedButton>
          </>
        ) : (
          // Who may disconnect a tenant may take that back.
          <PermittedButton
            permission="tenant.disconnect"
            tenantId={tenantId}
            onClick={() => setAsking('replace')}
          >
            Reconnect tenant
          </PermittedButton>
        )}
        <PermittedButton permission="tenant.delete" tenantId={tenantId} onClick={() => setAsking('delete')}>
          Delete tenant
        </PermittedButton>
        {connection.data?.consentUrl != null && (
          <CopyButton text={connection.data.consentUrl}>Copy consent link</CopyButton>
        )}
      </div>
      {credential !== null && credential.publicCertificate !== null && (
        <PublicCertificate pem={credential.publicCertificate} />
      )}
      {asking === 'edit' && <EditTenantDialog tenant={tenant} onClose={close} />}
      {asking === 'replace' && <ReplaceCredentialDialog tenant={tenant} onClose={close} />}
      {asking === 'disconnect' && (
        <DisconnectDialog tenant={tenant} onClose={close} onDisconnected={onClose} />
      )}
      {asking === 'delete' && <DeleteTenantDialog tenant={tenant} onClose={close} onDeleted={onClose} />}
      {connection.isError && (
        <Button onClick={() => void connection.refetch()}>Read the connection again</Button>
      )}
    </>
  );
}
