import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { Checkmark16Regular, Copy16Regular } from '@fluentui/react-icons';
import { useEffect, useState } from 'react';
import { visibleText } from './tenant-text.tsx';

const useStyles = makeStyles({
  text: { fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200 },
  button: { minWidth: '24px', height: '24px', padding: 0 },
});

/** A short text in monospace with a button that copies it; `what` names it for screen readers. */
export function CopyText({ text, what }: { text: string; what: string }) {
  const styles = useStyles();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = window.setTimeout(() => setCopied(false), 2000);
    return () => window.clearTimeout(timer);
  }, [copied]);
  return (
    <span>
      <code className={styles.text}>{visibleText(text)}</code>
      <Button
        size="small"
        appearance="transparent"
        className={styles.button}
        aria-label={copied ? `Copied the ${what}` : `Copy the ${what} ${text}`}
        icon={copied ? <Checkmark16Regular /> : <Copy16Regular />}
        onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
      />
    </span>
  );
}
