import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { type ReactNode, useState } from 'react';
import { ProblemBar } from '../../components/problem-bar.tsx';
import { UnsavedDialog } from '../../components/unsaved-dialog.tsx';
import { useReturnFocus } from '../../components/use-return-focus.ts';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
});

interface TenantDialogProps {
  title: string;
  /** Verb and object of the button that does it. */
  action: string;
  closeWords: string;
  unsaved: boolean;
  disabled: boolean;
  error: Error | null;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** A form over the drawer; Esc asks before it loses what was typed. */
export function TenantDialog(props: TenantDialogProps) {
  useReturnFocus();
  const styles = useStyles();
  const [asking, setAsking] = useState(false);
  const close = () => (props.unsaved ? setAsking(true) : props.onClose());
  return (
    <Dialog open onOpenChange={(_event, data) => !data.open && close()}>
      <DialogSurface>
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (!props.disabled) props.onSubmit();
          }}
        >
          <DialogBody>
            <DialogTitle>{props.title}</DialogTitle>
            <DialogContent className={styles.content}>
              {asking && <UnsavedDialog onKeep={() => setAsking(false)} onDiscard={props.onClose} />}
              {props.children}
              <ProblemBar error={props.error} />
            </DialogContent>
            <DialogActions>
              <Button onClick={close}>{props.closeWords}</Button>
              <Button type="submit" appearance="primary" disabled={props.disabled}>
                {props.action}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
