import { makeStyles, MessageBar, MessageBarBody, Text, tokens } from '@fluentui/react-components';
import { CopyButton } from '../copy-button.tsx';
import { shortText } from '../tenant-text.tsx';
import { AccessCheckView } from './access-check-view.tsx';
import type { ConnectedTenant } from './connect-tenant-form.tsx';
import { PublicCertificate } from './public-certificate.tsx';

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
});

/** What is left to do outside after a tenant was connected, and what its access check shows. */
export function ConnectedTenantView({ tenant }: { tenant: ConnectedTenant }) {
  const styles = useStyles();
  return (
    <div className={styles.stack}>
      <MessageBar intent="success">
        <MessageBarBody>
          {shortText(tenant.name)} is connected. All of this stays to be had in its drawer.
        </MessageBarBody>
      </MessageBar>
      {tenant.publicCertificate !== null && <PublicCertificate pem={tenant.publicCertificate} />}
      <div>
        <Text block>
          An administrator of the tenant consents once. The link can be sent to the customer; access is
          checked here as often as wanted.
        </Text>
        <CopyButton text={tenant.consentUrl}>Copy consent link</CopyButton>
      </div>
      <AccessCheckView tenantId={tenant.tenantId} />
    </div>
  );
}
