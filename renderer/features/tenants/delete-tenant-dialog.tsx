import { Text } from '@fluentui/react-components';
import type { TenantRow } from '../../../shared/contract/tenants.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { formatSize } from '../../components/format-size.ts';
import { shortText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure, useProcedureMutation } from '../../queries/use-procedure.ts';

interface DeleteTenantDialogProps {
  tenant: TenantRow;
  onClose: () => void;
  onDeleted: () => void;
}

/** Everything that shows a tenant, or counts something of it. */
const shownElsewhere = [
  'tenants',
  'schedules',
  'runs',
  'run-list',
  'backup-sets',
  'overview',
  'freshness',
  'session',
];

/** Says what will be lost, and asks for the tenant's name. */
export function DeleteTenantDialog({ tenant, onClose, onDeleted }: DeleteTenantDialogProps) {
  const content = useProcedure('tenants.deletion-preview', { tenantId: tenant.id });
  const remove = useProcedureMutation('tenants.delete', shownElsewhere);
  const lost = content.data;
  const pinned = lost?.pinnedSets ?? 0;
  return (
    <ConfirmDialog
      title={`Delete ${shortText(tenant.name)}`}
      confirm="Delete tenant"
      keep="Keep tenant"
      typedName={tenant.name}
      error={content.error ?? remove.error}
      pending={remove.isPending || lost === undefined || pinned > 0}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate({ tenantId: tenant.id, confirmedName: tenant.name }, { onSuccess: onDeleted })
      }
    >
      {lost === undefined ? (
        <Text>What will be lost is being counted.</Text>
      ) : (
        <>
          <Text block>
            {tenant.connected && 'The tenant is disconnected first. '}
            For good go its {lost.sets.toLocaleString()} backup sets ({formatSize(lost.bytes)}),{' '}
            {lost.importedSets > 0 && `${lost.importedSets.toLocaleString()} imported sets, `}
            {lost.schedules.toLocaleString()} schedules, {lost.runs.toLocaleString()} runs, its credential and
            its keys, and the roles of {lost.members.toLocaleString()} people. Its audit events stay.
          </Text>
          <Text block>
            Newest complete backup set: <InstantText iso={lost.newestCompleteAt} />
          </Text>
          {pinned > 0 && (
            <Text block>
              {pinned.toLocaleString()} of its sets are pinned. Unpin them before the tenant can be deleted.
            </Text>
          )}
        </>
      )}
    </ConfirmDialog>
  );
}
