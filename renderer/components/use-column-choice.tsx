import {
  Button,
  Menu,
  MenuItemCheckbox,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from '@fluentui/react-components';
import { type ReactNode, useMemo } from 'react';
import { usePreferences } from '../state/preferences.ts';
import type { Column } from './data-table.tsx';

const none: readonly string[] = [];

/**
 * The columns of a list that this person wants to see, and the button that chooses them. What says what a row is, the
 * column that `names` it, always stays.
 */
export function useColumnChoice<Row>(
  table: string,
  columns: readonly Column<Row>[],
  names: string,
): { columns: readonly Column<Row>[]; chooser: ReactNode } {
  const hidden = usePreferences((state) => state.hiddenColumns[table] ?? none);
  const hide = usePreferences((state) => state.setHiddenColumns);
  const shown = useMemo(() => columns.filter(({ key }) => !hidden.includes(key)), [columns, hidden]);
  const choosable = columns.filter(({ key }) => key !== names);
  const chooser = (
    <Menu
      checkedValues={{ columns: shown.map(({ key }) => key) }}
      onCheckedValueChange={(_event, { checkedItems }) =>
        hide(
          table,
          choosable.map(({ key }) => key).filter((key) => !checkedItems.includes(key)),
        )
      }
    >
      <MenuTrigger disableButtonEnhancement>
        <Button>Columns</Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          {choosable.map(({ key, title }) => (
            <MenuItemCheckbox key={key} name="columns" value={key}>
              {title}
            </MenuItemCheckbox>
          ))}
        </MenuList>
      </MenuPopover>
    </Menu>
  );
  return { columns: shown, chooser };
}
