import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import { shortText } from '../../components/tenant-text.tsx';
import { useReturnFocus } from '../../components/use-return-focus.ts';
import { useProcedureMutation } from '../../queries/use-procedure.ts';

/** Pausing is disabling with a reason: the next person asks why nothing ran. */
export function PauseDialog({ schedule, onClose }: { schedule: ScheduleRow; onClose: () => void }) {
  useReturnFocus();
  const [reason, setReason] = useState('');
  const pause = useProcedureMutation('schedules.pause', ['schedules', 'overview', 'tenants']);
  return (
    <Dialog open onOpenChange={(_event, data) => !data.open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Pause {shortText(schedule.name)}</DialogTitle>
          <DialogContent>
            <Field
              label="Reason"
              required
              hint="Slots that fall into the pause are neither run nor recorded as missed."
            >
              <Input value={reason} onChange={(_event, data) => setReason(data.value)} />
            </Field>
            {pause.error && (
              <MessageBar intent="error">
                <MessageBarBody>{pause.error.message}</MessageBarBody>
              </MessageBar>
            )}
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>Keep running</Button>
            <Button
              appearance="primary"
              disabled={reason.trim().length < 3 || pause.isPending}
              onClick={() =>
                pause.mutate(
                  {
                    tenantId: schedule.tenantId,
                    scheduleId: schedule.id,
                    expectedVersion: schedule.version,
                    reason,
                  },
                  { onSuccess: onClose },
                )
              }
            >
              Pause schedule
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
