import { MessageBar, MessageBarBody, ProgressBar } from '@fluentui/react-components';
import { TenantText } from '../../components/tenant-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';

const pollMs = 5000;

/** Deleted tenants that hosts are still erasing: for whoever deleted them, and for administrators. */
export function DeletionBars() {
  const deletions = useProcedure('tenants.deletions', {}, { refetchInterval: pollMs });
  return (
    <>
      {deletions.data?.rows.map(({ tenantId, name, rowsErased, rowsLeft }) => {
        const part = rowsErased / Math.max(1, rowsErased + rowsLeft);
        return (
          <MessageBar key={tenantId} layout="multiline">
            <MessageBarBody>
              <TenantText text={name} /> is deleted. A running host is erasing what was backed up:{' '}
              {Math.floor(part * 100)} %.
              <ProgressBar value={part} aria-label="Content erased" />
            </MessageBarBody>
          </MessageBar>
        );
      })}
    </>
  );
}
