import { Dialog, DialogBody, DialogSurface, makeStyles, Text, tokens } from '@fluentui/react-components';
import { Command, defaultFilter } from 'cmdk';
import { useState } from 'react';
import { shortText } from '../components/tenant-text.tsx';
import { useReturnFocus } from '../components/use-return-focus.ts';
import { type PaletteAction, usePaletteActions } from './palette-actions.ts';

const useStyles = makeStyles({
  surface: { maxWidth: '40rem', padding: 0, overflow: 'hidden', top: '-20vh' },
  body: { display: 'block' },
  input: {
    width: '100%',
    boxSizing: 'border-box',
    border: 'none',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    padding: tokens.spacingHorizontalL,
    fontSize: tokens.fontSizeBase400,
    fontFamily: tokens.fontFamilyBase,
    color: tokens.colorNeutralForeground1,
    backgroundColor: tokens.colorNeutralBackground1,
    '::placeholder': { color: tokens.colorNeutralForeground3 },
    ':focus-visible': { outline: 'none', boxShadow: `inset 0 -2px ${tokens.colorCompoundBrandStroke}` },
  },
  list: {
    maxHeight: '60vh',
    overflowY: 'auto',
    padding: tokens.spacingVerticalS,
    '& [cmdk-group-heading]': {
      padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
      color: tokens.colorNeutralForeground2,
      fontSize: tokens.fontSizeBase200,
    },
  },
  item: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) auto',
    gap: tokens.spacingHorizontalM,
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
    borderRadius: tokens.borderRadiusMedium,
    minHeight: '24px',
    '&[data-selected=true]': {
      backgroundColor: tokens.colorNeutralBackground1Hover,
      color: tokens.colorNeutralForeground1Hover,
      outline: `1px solid ${tokens.colorStrokeFocus2}`,
    },
  },
  note: { color: 'inherit', gridColumn: '1 / -1' },
  warning: { color: tokens.colorStatusDangerForeground1, gridColumn: '1 / -1' },
  key: { fontFamily: tokens.fontFamilyMonospace, color: 'inherit' },
  empty: { padding: tokens.spacingHorizontalL, display: 'block' },
});

/** Every word must fit somewhere, in any order: "alder mid" finds "Run now: Midday core of Alder & Finch". */
const byName = (_id: string, typed: string, keywords: string[] = []): number =>
  typed
    .trim()
    .split(/\s+/)
    .reduce((score, word) => score * (word === '' ? 1 : defaultFilter(keywords.join(' '), word)), 1);

/** Everything that can be done or gone to, by a few letters of its name. */
export function CommandPalette({ onClose }: { onClose: () => void }) {
  const styles = useStyles();
  useReturnFocus();
  const [typed, setTyped] = useState('');
  /** The destructive action whose second Enter is awaited. */
  const [asked, setAsked] = useState<string | null>(null);
  const actions = usePaletteActions(typed);
  function choose(action: PaletteAction): void {
    if (action.unavailable !== null) return;
    if (action.destructive && asked !== action.id) {
      setAsked(action.id);
      return;
    }
    onClose();
    action.act();
  }
  return (
    <Dialog open onOpenChange={(_event, data) => !data.open && onClose()}>
      <DialogSurface className={styles.surface} aria-label="Command palette">
        <DialogBody className={styles.body}>
          <Command label="Command palette" loop filter={byName}>
            <Command.Input
              className={styles.input}
              value={typed}
              onValueChange={(value) => {
                setTyped(value);
                setAsked(null);
              }}
              placeholder="Type an action, a tenant, a schedule or a run id"
              aria-label="Action, tenant, schedule or run id"
            />
            <Command.List className={styles.list} label="Results">
              <Command.Empty className={styles.empty}>Nothing has this in its name.</Command.Empty>
              {[...Map.groupBy(actions, (action) => action.group)].map(([group, members]) => (
                <Command.Group key={group} heading={group}>
                  {members.map((action) => (
                    <Command.Item
                      key={action.id}
                      value={action.id}
                      keywords={[action.name]}
                      className={styles.item}
                      // The item is reachable, so that its reason is heard; choosing it does nothing.
                      data-unavailable={action.unavailable !== null}
                      onSelect={() => choose(action)}
                    >
                      <span>{shortText(action.name)}</span>
                      {action.key !== null && <kbd className={styles.key}>{action.key}</kbd>}
                      {action.unavailable !== null && (
                        <Text size={200} className={styles.note}>
                          {action.unavailable}
                        </Text>
                      )}
                      {asked === action.id && (
                        <Text size={200} className={styles.warning} role="status">
                          Press Enter again: {shortText(action.name)}.
                        </Text>
                      )}
                    </Command.Item>
                  ))}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
