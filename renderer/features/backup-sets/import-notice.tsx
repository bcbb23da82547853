import { MessageBar, MessageBarBody, Text } from '@fluentui/react-components';
import { useState } from 'react';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedureMutation } from '../../queries/use-procedure.ts';
import type { SetAnswer } from './set-coverage.tsx';

/** What an imported set is, and what it does not prove; and how to get rid of it. */
export function ImportNotice({ answer, onDeleted }: { answer: SetAnswer; onDeleted: () => void }) {
  const [asking, setAsking] = useState(false);
  const remove = useProcedureMutation('backup-sets.delete-import', ['backup-sets']);
  const { tenantId, id: backupSetId, imported, items } = answer.set;
  if (imported === null) return null;
  return (
    <>
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>
          Imported from the folder <TenantText text={imported.folder} />, which {imported.tool} exported.{' '}
          {imported.by} imported it on <InstantText iso={imported.at} />. Nothing proves that it is complete,
          so it counts for no health, schedule or retention.{' '}
          {imported.madeIds > 0 &&
            `${imported.madeIds.toLocaleString()} of its items have no id of Microsoft's; they are known by the names of their files. `}
          {imported.leftOut > 0 &&
            `${imported.leftOut.toLocaleString()} of ${imported.files.toLocaleString()} files were left out; Coverage names them.`}
        </MessageBarBody>
      </MessageBar>
      <div>
        <PermittedButton permission="set.import" tenantId={tenantId} onClick={() => setAsking(true)}>
          Delete import
        </PermittedButton>
      </div>
      {asking && (
        <ConfirmDialog
          title="Delete this import"
          confirm="Delete import"
          keep="Keep import"
          error={remove.error}
          pending={remove.isPending}
          onConfirm={() => remove.mutate({ tenantId, backupSetId }, { onSuccess: onDeleted })}
          onClose={() => setAsking(false)}
        >
          <Text>
            The import from {imported.tool} with {items.toLocaleString()} items is deleted for good. The
            folder that it came from is not touched.
          </Text>
        </ConfirmDialog>
      )}
    </>
  );
}
