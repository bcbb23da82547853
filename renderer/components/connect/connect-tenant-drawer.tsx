import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { DetailDrawer } from '../detail-drawer.tsx';
import { UnsavedDialog } from '../unsaved-dialog.tsx';
import { emptyDraft } from './connect-draft.ts';
import { type ConnectedTenant, ConnectTenantForm } from './connect-tenant-form.tsx';
import { ConnectedTenantView } from './connected-tenant.tsx';

const useStyles = makeStyles({ actions: { marginTop: tokens.spacingVerticalL } });

/** Connects a tenant, then stays open for what has to be done outside. Typed text is not lost without asking. */
export function ConnectTenantDrawer({ onClose }: { onClose: (connectedTenantId: string | null) => void }) {
  const styles = useStyles();
  const [draft, setDraft] = useState(emptyDraft);
  const [connected, setConnected] = useState<ConnectedTenant | null>(null);
  const [asking, setAsking] = useState(false);
  const unsaved = connected === null && JSON.stringify(draft) !== JSON.stringify(emptyDraft);
  const close = () => (unsaved ? setAsking(true) : onClose(connected?.tenantId ?? null));
  return (
    <DetailDrawer title="Connect tenant" open onClose={close}>
      {asking && <UnsavedDialog onKeep={() => setAsking(false)} onDiscard={() => onClose(null)} />}
      {connected === null ? (
        <ConnectTenantForm
          draft={draft}
          onDraft={setDraft}
          onConnected={(tenant) => {
            // The secret has no business in the page any longer.
            setDraft(emptyDraft);
            setConnected(tenant);
          }}
          onClose={close}
          closeWords="Close without connecting"
        />
      ) : (
        <>
          <ConnectedTenantView tenant={connected} />
          <Button className={styles.actions} onClick={close}>
            Open tenant
          </Button>
        </>
      )}
    </DetailDrawer>
  );
}
