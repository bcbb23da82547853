import { Button, MessageBar, MessageBarBody } from '@fluentui/react-components';
import { useRef, useState } from 'react';
import type { SetExport } from '../../../shared/contract/set-exports.ts';
import { withNextStep } from '../../../shared/errors.ts';
import type { Permission } from '../../../shared/model/permissions.ts';
import { useBridge } from '../../bridge/bridge-context.ts';
import { PermittedButton } from '../../components/permitted-button.tsx';

type Progress =
  | { kind: 'idle' }
  | { kind: 'running'; done: number; of: number }
  | { kind: 'saved'; file: string; objects: number }
  | { kind: 'refused'; sentence: string };

interface SaveFileProps {
  tenantId: string;
  permission: Permission;
  choices: readonly { words: string; wish: SetExport }[];
}

/** Buttons that save a file, with how far it is, what was saved, or why nothing was. */
export function SaveFile({ tenantId, permission, choices }: SaveFileProps) {
  const { saveSetExport } = useBridge().host;
  const [progress, setProgress] = useState<Progress>({ kind: 'idle' });
  const running = useRef<AbortController | null>(null);
  if (saveSetExport === null) return null;
  const save = saveSetExport;

  async function start(wish: SetExport): Promise<void> {
    const controller = new AbortController();
    running.current = controller;
    setProgress({ kind: 'running', done: 0, of: 0 });
    try {
      const result = await save(wish, {
        signal: controller.signal,
        onProgress: (done, of) => setProgress({ kind: 'running', done, of }),
      });
      if (controller.signal.aborted) setProgress({ kind: 'idle' });
      else if (!result.ok) {
        setProgress({ kind: 'refused', sentence: withNextStep(result.error) });
      } else if (result.value === null) setProgress({ kind: 'idle' });
      else setProgress({ kind: 'saved', file: result.value.path, objects: result.value.rows });
    } catch (error) {
      if (controller.signal.aborted) setProgress({ kind: 'idle' });
      else {
        setProgress({
          kind: 'refused',
          sentence: error instanceof Error ? error.message : 'The export ended.',
        });
      }
    }
  }

  return (
    <>
      {choices.map(({ words, wish }) => (
        <PermittedButton
          key={words}
          permission={permission}
          tenantId={tenantId}
          disabled={progress.kind === 'running'}
          onClick={() => void start(wish)}
        >
          {words}
        </PermittedButton>
      ))}
      {progress.kind !== 'idle' && (
        <MessageBar
          layout="multiline"
          intent={progress.kind === 'refused' ? 'error' : progress.kind === 'saved' ? 'success' : 'info'}
        >
          <MessageBarBody>
            {progress.kind === 'running' && (
              <>
                {progress.of === 0
                  ? 'Exporting…'
                  : `Exporting: ${progress.done.toLocaleString()} of ${progress.of.toLocaleString()} items.`}{' '}
                <Button size="small" onClick={() => running.current?.abort()}>
                  Cancel export
                </Button>
              </>
            )}
            {progress.kind === 'saved' && (
              <>
                {progress.objects === 1 ? '1 item is' : `${progress.objects.toLocaleString()} items are`} in{' '}
                {progress.file}.{' '}
                <Button size="small" onClick={() => setProgress({ kind: 'idle' })}>
                  Close message
                </Button>
              </>
            )}
            {progress.kind === 'refused' && <>Nothing was exported. {progress.sentence}</>}
          </MessageBarBody>
        </MessageBar>
      )}
    </>
  );
}
