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
import { type ReactNode, useState } from 'react';
import { shortText } from './tenant-text.tsx';
import { useReturnFocus } from './use-return-focus.ts';

interface ConfirmDialogProps {
  /** Names what happens to what, such as "Remove OFFICE-2". */
  title: string;
  /** What is lost and what stays. */
  children: ReactNode;
  /** Verb and object. */
  confirm: string;
  /** What the other button keeps. */
  keep: string;
  /** Has to be typed before anything happens; absent: one press is enough. */
  typedName?: string;
  error: Error | null;
  pending: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asked before something that cannot be undone; Esc and the first button leave everything as it is. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  useReturnFocus();
  const { typedName } = props;
  const [typed, setTyped] = useState('');
  const ready = typedName === undefined || typed.trim() === typedName.trim();
  const submit = (): void => {
    if (ready && !props.pending) props.onConfirm();
  };
  return (
    <Dialog open onOpenChange={(_event, data) => !data.open && props.onClose()}>
      <DialogSurface>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <DialogBody>
            <DialogTitle>{props.title}</DialogTitle>
            <DialogContent>
              {props.children}
              {typedName !== undefined && (
                <Field label={`Type ${shortText(typedName)} to confirm`}>
                  <Input value={typed} autoComplete="off" onChange={(_event, data) => setTyped(data.value)} />
                </Field>
              )}
              {props.error !== null && (
                <MessageBar intent="error">
                  <MessageBarBody>{props.error.message}</MessageBarBody>
                </MessageBar>
              )}
            </DialogContent>
            <DialogActions>
              <Button onClick={props.onClose}>{props.keep}</Button>
              <Button appearance="primary" type="submit" disabled={!ready || props.pending}>
                {props.confirm}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
