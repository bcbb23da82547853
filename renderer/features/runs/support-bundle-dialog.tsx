import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Text,
  Textarea,
} from '@fluentui/react-components';
import { useEffect, useRef, useState } from 'react';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { useReturnFocus } from '../../components/use-return-focus.ts';
import { useProcedureMutation } from '../../queries/use-procedure.ts';

/** Shows what support would get before it is copied: versions, run, outcomes, events, hosts; no secrets. */
export function SupportBundleDialog({
  input,
  onClose,
}: {
  input: { tenantId: string; runId: string };
  onClose: () => void;
}) {
  useReturnFocus();
  const make = useProcedureMutation('runs.support-bundle', ['audit']);
  const [copied, setCopied] = useState(false);
  // Making it is audited, so a page that draws twice must not make it twice.
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    make.mutate(input);
  }, [input, make]);
  const text = make.data?.text;
  return (
    <Dialog open onOpenChange={(_event, data) => !data.open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Support bundle</DialogTitle>
          <DialogContent>
            {make.isPending && <LoadingRows label="The support bundle is being made" />}
            {make.isError && <LoadFailure error={make.error} retry={() => make.mutate(input)} />}
            {text !== undefined && (
              <Field
                label="What is copied"
                hint="Versions, the run, its policy types and events, states of hosts. It holds names of the tenant's objects and no secrets. Making it is in the audit log."
              >
                <Textarea readOnly value={text} rows={14} resize="vertical" />
              </Field>
            )}
            <Text aria-live="polite">{copied ? 'Copied.' : ''}</Text>
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>Close bundle</Button>
            <Button
              appearance="primary"
              disabled={text === undefined}
              onClick={() => void navigator.clipboard.writeText(text!).then(() => setCopied(true))}
            >
              Copy bundle
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
