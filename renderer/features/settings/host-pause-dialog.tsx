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
  Radio,
  RadioGroup,
} from '@fluentui/react-components';
import { useState } from 'react';
import { shortText } from '../../components/tenant-text.tsx';
import { useReturnFocus } from '../../components/use-return-focus.ts';
import { useProcedureMutation } from '../../queries/use-procedure.ts';
import { type HostRow, someOf } from './host-state.tsx';

type Length = 'hour' | 'tomorrow' | 'resumed';

/** Minutes until the next midnight of this computer's zone; at least one. */
function minutesUntilTomorrow(now: Date): number {
  const midnight = new Date(now);
  midnight.setHours(24, 0, 0, 0);
  return Math.max(1, Math.ceil((midnight.getTime() - now.getTime()) / 60_000));
}

function minutesOf(length: Length): number | null {
  if (length === 'resumed') return null;
  return length === 'hour' ? 60 : minutesUntilTomorrow(new Date());
}

/** How long a host takes no new runs. */
export function HostPauseDialog({ host, onClose }: { host: HostRow; onClose: () => void }) {
  useReturnFocus();
  const [length, setLength] = useState<Length>('hour');
  const [reason, setReason] = useState('');
  const pause = useProcedureMutation('hosts.pause', ['hosts', 'status']);
  return (
    <Dialog open onOpenChange={(_event, data) => !data.open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Pause {shortText(host.name)}</DialogTitle>
          <DialogContent>
            <p>
              It finishes the runs that it has. New ones go to other hosts, or are missed where there is none.
            </p>
            {host.onlyAliveFor.length > 0 && (
              <MessageBar intent="warning" layout="multiline">
                <MessageBarBody>
                  No other host that is alive can open {someOf(host.onlyAliveFor)}: their slots are missed
                  meanwhile.
                </MessageBarBody>
              </MessageBar>
            )}
            <Field label="For how long">
              <RadioGroup value={length} onChange={(_event, data) => setLength(data.value as Length)}>
                <Radio value="hour" label="One hour" />
                <Radio value="tomorrow" label="Until tomorrow, 00:00 of this computer" />
                <Radio value="resumed" label="Until somebody resumes it" />
              </RadioGroup>
            </Field>
            <Field label="Reason, for the audit log">
              <Input value={reason} maxLength={500} onChange={(_event, data) => setReason(data.value)} />
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
              disabled={pause.isPending}
              onClick={() =>
                pause.mutate(
                  {
                    hostId: host.id,
                    minutes: minutesOf(length),
                    reason: reason.trim() === '' ? null : reason,
                  },
                  { onSuccess: onClose },
                )
              }
            >
              Pause host
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
