import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { useReturnFocus } from '../../components/use-return-focus.ts';

interface QuestionDialogProps {
  title: string;
  /** The button that does it: a verb with its object. */
  confirm: string;
  cancel?: string;
  disabled?: boolean;
  onConfirm: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** One question before something is done; Esc and the first button leave everything as it is. */
export function QuestionDialog(props: QuestionDialogProps) {
  useReturnFocus();
  return (
    <Dialog open onOpenChange={(_event, data) => !data.open && props.onClose()}>
      <DialogSurface>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            // The form of an editor may be around it in the tree, though not on the page.
            event.stopPropagation();
            if (props.disabled !== true) props.onConfirm();
          }}
        >
          <DialogBody>
            <DialogTitle>{props.title}</DialogTitle>
            <DialogContent>{props.children}</DialogContent>
            <DialogActions>
              <Button onClick={props.onClose}>{props.cancel ?? 'Cancel'}</Button>
              <Button type="submit" appearance="primary" disabled={props.disabled === true}>
                {props.confirm}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
