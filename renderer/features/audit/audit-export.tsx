import { Button, MessageBar, MessageBarBody } from '@fluentui/react-components';
import { useRef, useState } from 'react';
import type { AuditFilter } from '../../../shared/contract/audit.ts';
import { useBridge } from '../../bridge/bridge-context.ts';
import { useMayDoSomewhere, useObstacle } from '../../queries/use-may-do.ts';

type Format = 'csv' | 'jsonl';

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

  async function start(format: Format): Promise<void> {
    if (saveAuditExport === null) return;
    const controller = new AbortController();
    running.current = controller;
    setProgress({ kind: 'running', rows: 0 });
    try {
      const result = await saveAuditExport(filter, {
        format,
        delimiter: 'comma',
        signal: controller.signal,
        onProgress: (rows) => setProgress({ kind: 'running', rows }),
      });
      if (!result.ok) {
        setProgress({
          kind: 'refused',
          sentence: [result.error.message, result.error.nextStep].filter(Boolean).join(' '),
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
    start: (format: Format) => void start(format),
    cancel: () => running.current?.abort(),
    dismiss: () => setProgress({ kind: 'idle' }),
  };
}

type AuditExport = ReturnType<typeof useAuditExport>;

/** The two formats; exactly the filter in force is written. */
export function ExportButtons({ work, tenantId }: { work: AuditExport; tenantId: string | null }) {
  const inTenant = useObstacle('audit.export', tenantId);
  const inSomeTenant = useMayDoSomewhere('audit.export');
  const inWorkspace = useMayDoSomewhere('workspace.audit');
  const somewhere = inSomeTenant || inWorkspace;
  if (!work.possible) return null;
  const obstacle =
    tenantId !== null ? inTenant : somewhere ? null : 'This needs the role auditor in a tenant.';
  const button = (format: Format, words: string) => (
    <Button
      disabledFocusable={obstacle !== null || work.progress.kind === 'running'}
      title={obstacle ?? undefined}
      onClick={() => work.start(format)}
    >
      {words}
    </Button>
  );
  return (
    <>
      {button('csv', 'Export CSV')}
      {button('jsonl', 'Export JSONL')}
    </>
  );
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
