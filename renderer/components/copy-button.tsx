import { Button } from '@fluentui/react-components';
import { Copy16Regular } from '@fluentui/react-icons';
import { useState } from 'react';

/** Copies a text and says so; the words are verb and object. */
export function CopyButton({ text, children }: { text: string; children: string }) {
  const [copied, setCopied] = useState<'no' | 'yes' | 'refused'>('no');
  const words = { no: children, yes: 'Copied', refused: 'The browser refused to copy' } as const;
  return (
    <Button
      size="small"
      icon={<Copy16Regular />}
      onClick={() =>
        void navigator.clipboard.writeText(text).then(
          () => setCopied('yes'),
          () => setCopied('refused'),
        )
      }
      onBlur={() => setCopied('no')}
    >
      {words[copied]}
    </Button>
  );
}
