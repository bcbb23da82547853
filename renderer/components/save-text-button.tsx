import { Button } from '@fluentui/react-components';
import { useState } from 'react';
import { useBridge } from '../bridge/bridge-context.ts';

/** Saves a text to a file, by the dialog of the system or as a download; says so, or why not. */
export function SaveTextButton({ name, text, children }: { name: string; text: string; children: string }) {
  const { host } = useBridge();
  const [answer, setAnswer] = useState<string | null>(null);
  return (
    <Button
      onClick={() =>
        void host.saveText({ name, text }).then((result) => {
          if (!result.ok) setAnswer(result.error.message);
          else setAnswer(result.value === null ? null : 'Saved');
        })
      }
      onBlur={() => setAnswer(null)}
    >
      {answer ?? children}
    </Button>
  );
}
