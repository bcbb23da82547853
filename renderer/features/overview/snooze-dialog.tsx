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
  makeStyles,
  MessageBar,
  MessageBarBody,
  Select,
  Text,
  tokens,
} from '@fluentui/react-components';
import { useState } from 'react';
import { useReturnFocus } from '../../components/use-return-focus.ts';
import { useProcedureMutation } from '../../queries/use-procedure.ts';

const useStyles = makeStyles({ stack: { display: 'grid', gap: tokens.spacingVerticalM } });

const ends: readonly [hours: number, word: string][] = [
  [4, '4 hours'],
  [24, '1 day'],
  [3 * 24, '3 days'],
  [7 * 24, '7 days'],
  [30 * 24, '30 days'],
];

/** Puts a row aside for everybody in the tenant, with why and until when; the audit log keeps both. */
export function SnoozeDialog(props: { tenantId: string; code: string; what: string; onClose: () => void }) {
  const { tenantId, code, what, onClose } = props;
  const styles = useStyles();
  useReturnFocus();
  const [reason, setReason] = useState('');
  const [hours, setHours] = useState(24);
  const snooze = useProcedureMutation('attention.snooze', ['overview']);
  const submit = () =>
    snooze.mutate(
      { tenantId, code, reason, until: new Date(Date.now() + hours * 3_600_000).toISOString() },
      { onSuccess: onClose },
    );
  return (
    <Dialog open onOpenChange={(_event, data) => !data.open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Snooze</DialogTitle>
          <DialogContent className={styles.stack}>
            <Text>{what}</Text>
            <Field label="Reason" required hint="Everybody with a role in the tenant sees it.">
              <Input value={reason} maxLength={500} onChange={(_event, data) => setReason(data.value)} />
            </Field>
            <Field label="For">
              <Select value={String(hours)} onChange={(_event, data) => setHours(Number(data.value))}>
                {ends.map(([value, word]) => (
                  <option key={value} value={value}>
                    {word}
                  </option>
                ))}
              </Select>
            </Field>
            {snooze.error && (
              <MessageBar intent="error">
                <MessageBarBody>{snooze.error.message}</MessageBarBody>
              </MessageBar>
            )}
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>Keep in sight</Button>
            <Button
              appearance="primary"
              disabled={reason.trim().length < 3 || snooze.isPending}
              onClick={submit}
            >
              Snooze row
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
