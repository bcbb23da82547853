import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from '@fluentui/react-components';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { useReturnFocus } from '../../components/use-return-focus.ts';
import { useProcedure } from '../../queries/use-procedure.ts';
import { TypeOutcomeDetail } from './type-outcome.tsx';

/** One cell of the matrix: that type in that run, read when it is opened. */
export function MatrixCellDetail(props: {
  tenantId: string;
  runId: string;
  typeKey: string;
  onClose: () => void;
}) {
  const { tenantId, runId, typeKey, onClose } = props;
  useReturnFocus();
  const type = useProcedure('runs.type', { tenantId, runId, typeKey });
  return (
    <Dialog open onOpenChange={(_event, data) => !data.open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{type.data?.displayName ?? 'Policy type'}</DialogTitle>
          <DialogContent>
            {type.isPending && <LoadingRows label="The outcome is being read" />}
            {type.isError && <LoadFailure error={type.error} retry={() => void type.refetch()} />}
            {type.data && <TypeOutcomeDetail type={type.data} />}
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>Close outcome</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
