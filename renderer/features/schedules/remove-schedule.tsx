import {
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Button,
  MessageBar,
  MessageBarBody,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { useProcedureMutation } from '../../queries/use-procedure.ts';

/** Deleting names what goes and what stays, and asks once. */
export function RemoveSchedule({ schedule, onRemoved }: { schedule: ScheduleRow; onRemoved: () => void }) {
  const [asking, setAsking] = useState(false);
  const remove = useProcedureMutation('schedules.remove', ['schedules', 'overview', 'tenants']);
  const { tenantId, id: scheduleId, version: expectedVersion } = schedule;
  return (
    <>
      <PermittedButton permission="schedule.delete" tenantId={tenantId} onClick={() => setAsking(true)}>
        Delete schedule
      </PermittedButton>
      {asking && (
        <Dialog open onOpenChange={(_event, data) => !data.open && setAsking(false)}>
          <DialogSurface>
            <DialogBody>
              <DialogTitle>Delete {shortText(schedule.name)}</DialogTitle>
              <DialogContent>
                {shortText(schedule.tenantName)} is no longer backed up by this schedule. Its runs, backup
                sets and audit events stay.
                {remove.error && (
                  <MessageBar intent="error">
                    <MessageBarBody>{remove.error.message}</MessageBarBody>
                  </MessageBar>
                )}
              </DialogContent>
              <DialogActions>
                <Button onClick={() => setAsking(false)}>Keep schedule</Button>
                <Button
                  appearance="primary"
                  disabled={remove.isPending}
                  onClick={() =>
                    remove.mutate({ tenantId, scheduleId, expectedVersion }, { onSuccess: onRemoved })
                  }
                >
                  Delete schedule
                </Button>
              </DialogActions>
            </DialogBody>
          </DialogSurface>
        </Dialog>
      )}
    </>
  );
}
