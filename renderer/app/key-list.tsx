import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  makeStyles,
  Switch,
  tokens,
} from '@fluentui/react-components';
import { useState } from 'react';
import { activePageKeys } from '../components/page-keys.ts';
import { useReturnFocus } from '../components/use-return-focus.ts';
import { usePreferences } from '../state/preferences.ts';
import { useShownPages } from './use-shown-pages.ts';

const useStyles = makeStyles({
  keys: {
    display: 'grid',
    gridTemplateColumns: 'minmax(5rem, auto) minmax(0, 1fr)',
    gap: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalL}`,
    margin: 0,
    '& dt': { fontFamily: tokens.fontFamilyMonospace },
    '& dd': { margin: 0 },
  },
  note: { color: tokens.colorNeutralForeground2 },
});

const everywhere: readonly [string, string][] = [
  ['Ctrl+K', 'Open the command palette'],
  ['?', 'Show this list'],
  ['/', 'Filter by text'],
  ['Arrows', 'Move in a list'],
  ['Enter', 'Open what is selected'],
  ['Esc', 'Close the topmost drawer or dialog'],
];

/** Every key that acts on this page, and the switch for single letters. */
export function KeyList({ onClose }: { onClose: () => void }) {
  const styles = useStyles();
  useReturnFocus();
  const pages = useShownPages();
  // What was mounted when it opened; the list itself is a dialog and would hide it.
  const [ofPage] = useState(activePageKeys);
  const { singleKeys, setSingleKeys } = usePreferences();
  return (
    <Dialog open onOpenChange={(_event, data) => !data.open && onClose()}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>Keys</DialogTitle>
          <DialogContent>
            {ofPage.length > 0 && <h3>This page</h3>}
            <dl className={styles.keys}>
              {ofPage.map(({ key, name, unavailable }) => (
                <KeyLine key={key} keys={key.length === 1 ? key.toUpperCase() : key}>
                  {name}
                  {(unavailable ?? null) !== null && <span className={styles.note}> ({unavailable})</span>}
                </KeyLine>
              ))}
            </dl>
            <h3>Everywhere</h3>
            <dl className={styles.keys}>
              {everywhere.map(([key, name]) => (
                <KeyLine key={key} keys={key}>
                  {name}
                </KeyLine>
              ))}
              {pages.map((page) => (
                <KeyLine key={page.path} keys={`G ${page.key.toUpperCase()}`}>
                  Open {page.name}
                </KeyLine>
              ))}
            </dl>
            <Switch
              label="Single letters act while no field has the focus"
              checked={singleKeys}
              onChange={(_event, data) => setSingleKeys(data.checked)}
            />
          </DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={onClose}>
              Close keys
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function KeyLine({ keys, children }: { keys: string; children: React.ReactNode }) {
  return (
    <>
      <dt>
        <kbd>{keys}</kbd>
      </dt>
      <dd>{children}</dd>
    </>
  );
}
