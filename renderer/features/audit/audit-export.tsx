import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  MessageBar,
  MessageBarBody,
  Radio,
  RadioGroup,
  Select,
  Text,
} from '@fluentui/react-components';
import { useRef, useState } from 'react';
import { withNextStep } from '../../../shared/errors.ts';
import type { SaveWishes } from '../../../shared/bridge.ts';
import type { AuditFilter } from '../../../shared/contract/audit.ts';
import { useBridge } from '../../bridge/bridge-context.ts';
import { useReturnFocus } from '../../components/use-return-focus.ts';
import { useMayDoSomewhere, useObstacle } from '../../queries/use-may-do.ts';
import { useProcedure } from '../../queries/use-procedure.ts';

type Form = Pick<SaveWishes, 'format' | 'delimiter'>;

type Progress =
  | { kind: 'idle' }
  | { kind: 'running'; rows: number }
  | { kind: 'saved'; file: string; rows: number }
  | { kind: 'refused'; sentence: string };

/** What an export is doing, and how to start and stop it. */
export function useAuditExport(filter: AuditFilter) {
  const { saveAuditExport } = useBridge().host;
  const [progress, setProgress] = useState<Progress>({ kind: 'idle' });
  const running = useRef<AbortController | null>(null);

  async function start(form: Form): Promise<void> {
    if (saveAuditExport === null) return;
    const controller = new AbortController();
    running.current = controller;
    setProgress({ kind: 'running', rows: 0 });
    try {
      const result = await saveAuditExport(filter, {
        ...form,
        signal: controller.signal,
        onProgress: (rows) => setProgress({ kind: 'running', rows }),
      });
      if (!result.ok) {
        setProgress({
          kind: 'refused',
          sentence: withNextStep(result.error),
        });
      } else if (result.value === null) setProgress({ kind: 'idle' });
      else setProgress({ kind: 'saved', file: result.value.path, rows: result.value.rows });
    } catch (error) {
      if (controller.signal.aborted) setProgress({ kind: 'idle' });
      else
        setProgress({
          kind: 'refused',
          sentence: error instanceof Error ? error.message : 'The export ended.',
        });
    }
  }

  return {
    possible: saveAuditExport !== null,
    progress,
    start: (form: Form) => void start(form),
    cancel: () => running.current?.abort(),
    dismiss: () => setProgress({ kind: 'idle' }),
  };
}

type AuditExport = ReturnType<typeof useAuditExport>;

interface ExportButtonProps {
  work: AuditExport;
  filter: AuditFilter;
}

/** Opens the question of form; what is written is exactly the filter in force. */
export function ExportButton({ work, filter }: ExportButtonProps) {
  const inTenant = useObstacle('audit.export', filter.tenantId);
  const inSomeTenant = useMayDoSomewhere('audit.export');
  const inWorkspace = useMayDoSomewhere('workspace.audit');
  const somewhere = inSomeTenant || inWorkspace;
  const [asking, setAsking] = useState(false);
  if (!work.possible) return null;
  const obstacle =
    filter.tenantId !== null ? inTenant : somewhere ? null : 'This needs the role auditor in a tenant.';
  return (
    <>
      <Button
        disabledFocusable={obstacle !== null || work.progress.kind === 'running'}
        title={obstacle ?? undefined}
        onClick={() => obstacle === null && setAsking(true)}
      >
        Export events
      </Button>
      {asking && <ExportDialog work={work} filter={filter} onClose={() => setAsking(false)} />}
    </>
  );
}

function ExportDialog({ work, filter, onClose }: ExportButtonProps & { onClose: () => void }) {
  useReturnFocus();
  const [format, setFormat] = useState<Form['format']>('csv');
  const [delimiter, setDelimiter] = useState<Form['delimiter']>('comma');
  const estimate = useProcedure('audit.estimate', { filter });
  return (
    <Dialog open onOpenChange={(_event, data) => !data.open && onClose()}>
      <DialogSurface>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            onClose();
            work.start({ format, delimiter });
          }}
        >
          <DialogBody>
            <DialogTitle>Export events</DialogTitle>
            <DialogContent>
              <Text block>
                {estimate.isError
                  ? `How many events these are cannot be said: ${estimate.error.message}`
                  : estimate.data === undefined
                    ? 'Events are being counted.'
                    : `${estimate.data.events.toLocaleString()} events, about ${sizeWords(format === 'csv' ? estimate.data.csvBytes : estimate.data.jsonlBytes)}: exactly those of the filter in force.`}
              </Text>
              <Field label="Form">
                <RadioGroup
                  value={format}
                  onChange={(_event, data) => setFormat(data.value as Form['format'])}
                >
                  <Radio value="csv" label="CSV, opens in spreadsheets" />
                  <Radio value="jsonl" label="JSONL, one document a line" />
                </RadioGroup>
              </Field>
              {format === 'csv' && (
                <Field label="Divided by">
                  <Select
                    value={delimiter}
                    onChange={(_event, data) => setDelimiter(data.value as Form['delimiter'])}
                  >
                    <option value="comma">Commas</option>
                    <option value="semicolon">Semicolons</option>
                    <option value="tab">Tabs</option>
                  </Select>
                </Field>
              )}
              <Text block size={200}>
                A manifest goes with the file: filter, rows, ends of the chains and SHA-256. The export is an
                audit event itself.
              </Text>
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose}>Cancel</Button>
              <Button type="submit" appearance="primary">
                {format === 'csv' ? 'Export CSV' : 'Export JSONL'}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

function sizeWords(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'] as const;
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toLocaleString(undefined, { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 })} ${units[unit]}`;
}

/** How far the export is, what was saved, or why not. */
export function ExportProgress({ work }: { work: AuditExport }) {
  const { progress } = work;
  if (progress.kind === 'idle') return null;
  return (
    <MessageBar
      intent={progress.kind === 'refused' ? 'error' : progress.kind === 'saved' ? 'success' : 'info'}
      layout="multiline"
    >
      <MessageBarBody>
        {progress.kind === 'running' && (
          <>
            Exporting: {progress.rows.toLocaleString()} events so far.{' '}
            <Button size="small" onClick={work.cancel}>
              Cancel export
            </Button>
          </>
        )}
        {progress.kind === 'saved' && (
          <>
            {progress.rows.toLocaleString()} events are in {progress.file}; its manifest lies beside it and
            proves that it was not altered.{' '}
            <Button size="small" onClick={work.dismiss}>
              Close message
            </Button>
          </>
        )}
        {progress.kind === 'refused' && <>Nothing was exported. {progress.sentence}</>}
      </MessageBarBody>
    </MessageBar>
  );
}
