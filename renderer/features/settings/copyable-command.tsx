import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { useState } from 'react';

const useStyles = makeStyles({
  line: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    paddingTop: tokens.spacingVerticalS,
  },
});

/** A command for a terminal, with a button that copies it. */
export function CopyableCommand({ command }: { command: string }) {
  const styles = useStyles();
  const [copied, setCopied] = useState<boolean | null>(null);
  return (
    <div className={styles.line}>
      <code>{command}</code>
      <Button
        size="small"
        onClick={() =>
          void navigator.clipboard.writeText(command).then(
            () => setCopied(true),
            () => setCopied(false),
          )
        }
      >
        Copy command
      </Button>
      <span role="status">
        {copied === true && 'Copied'}
        {copied === false && 'The browser does not allow copying; select the text instead.'}
      </span>
    </div>
  );
}
