import { Field, Input, Text } from '@fluentui/react-components';
import { useState } from 'react';
import type { TenantRow } from '../../../shared/contract/tenants.ts';
import { shortText } from '../../components/tenant-text.tsx';
import { useProcedureMutation } from '../../queries/use-procedure.ts';
import { TenantDialog } from './tenant-dialog.tsx';

interface DisconnectDialogProps {
  tenant: TenantRow;
  onClose: () => void;
  onDisconnected: () => void;
}

/** Names what stops and what stays, and asks for the reason that the audit log will show. */
export function DisconnectDialog({ tenant, onClose, onDisconnected }: DisconnectDialogProps) {
  const [reason, setReason] = useState('');
  const disconnect = useProcedureMutation('tenants.disconnect', ['tenants', 'schedules', 'runs', 'overview']);
  return (
    <TenantDialog
      title={`Disconnect ${shortText(tenant.name)}`}
      action="Disconnect tenant"
      closeWords="Keep tenant connected"
      unsaved={false}
      disabled={disconnect.isPending}
      error={disconnect.error}
      onClose={onClose}
      onSubmit={() =>
        disconnect.mutate(
          { tenantId: tenant.id, reason: reason.trim() === '' ? null : reason },
          { onSuccess: onDisconnected },
        )
      }
    >
      <Text>
        Its {tenant.schedules} schedules are paused, no further run starts, and the credential is forgotten.
        Every backup set, run and audit event stays. To go on later, the tenant is connected again.
      </Text>
      <Field label="Reason">
        <Input maxLength={500} value={reason} onChange={(_event, data) => setReason(data.value)} />
      </Field>
    </TenantDialog>
  );
}
