import { Button, makeStyles, Select, Tab, TabList, Text, tokens } from '@fluentui/react-components';
import { ArrowLeft20Regular } from '@fluentui/react-icons';
import { useCallback, useMemo, useState } from 'react';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { ItemHistory } from './item-history.tsx';
import { JsonTree } from './json-tree.tsx';
import { SaveFile } from './save-file.tsx';
import { TextSlices } from './text-slices.tsx';
import { type ItemAddress, useWholeText } from './use-item-text.ts';

type Notes = OutputOf<Contract['backup-sets.item-notes']>;

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalS, minWidth: 0 },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
});

interface ItemViewProps extends ItemAddress {
  onBack?: () => void;
}

/** One object as a set holds it: as a tree, as text, its scripts, what Microsoft changes by itself, and its history. */
export function ItemView({ onBack, ...item }: ItemViewProps) {
  const styles = useStyles();
  const [tab, setTab] = useState('tree');
  const text = useWholeText(item);
  const notes = useProcedure('backup-sets.item-notes', item);
  return (
    <section aria-label="Item" className={styles.stack}>
      <div className={styles.head}>
        {onBack && (
          <Button icon={<ArrowLeft20Regular />} onClick={onBack}>
            Back to items
          </Button>
        )}
        <Text as="h3" weight="semibold" size={400}>
          <TenantText text={notes.data?.name ?? item.graphId} />
        </Text>
        <Text>
          <TenantText text={item.graphId} />
        </Text>
        <SaveFile
          tenantId={item.tenantId}
          permission="item.export"
          choices={[{ words: 'Export item', wish: { kind: 'item', ...item } }]}
        />
      </div>
      <TabList selectedValue={tab} onTabSelect={(_event, data) => setTab(String(data.value))}>
        <Tab value="tree">Settings</Tab>
        <Tab value="text">Raw text</Tab>
        <Tab value="scripts">Scripts and payloads ({notes.data?.readable.length ?? 0})</Tab>
        <Tab value="beside">Changed by Microsoft ({notes.data?.volatile.length ?? 0})</Tab>
        <Tab value="history">History</Tab>
      </TabList>
      {(text.isError || notes.isError) && (
        <LoadFailure
          error={(text.error ?? notes.error)!}
          retry={() => void Promise.all([text.refetch(), notes.refetch()])}
        />
      )}
      {(text.isPending || notes.isPending) && !text.isError && !notes.isError && (
        <LoadingRows label="The item is being read" />
      )}
      {text.data && notes.data && tab === 'tree' && <Tree text={text.data} notes={notes.data} />}
      {tab === 'text' && <TextSlices item={item} readable={null} label="Raw text" />}
      {tab === 'scripts' && notes.data && <Scripts item={item} notes={notes.data} />}
      {tab === 'beside' && notes.data && <Beside notes={notes.data} />}
      {tab === 'history' && <ItemHistory item={item} />}
    </section>
  );
}

function Tree({ text, notes }: { text: { text: string | null; totalChars: number }; notes: Notes }) {
  const secrets = useMemo(() => new Set(notes.secrets), [notes]);
  const missing = useMemo(() => new Set(notes.secretsNotCaptured), [notes]);
  const readable = useMemo(() => new Set(notes.readable.map(({ pointer }) => pointer)), [notes]);
  const references = useMemo(() => new Map(notes.references.map((each) => [each.id, each])), [notes]);
  const noteOf = useCallback(
    (pointer: string, value: string): string | null => {
      if (missing.has(pointer)) return 'Secret not captured: Microsoft Graph does not give this value.';
      if (secrets.has(pointer)) return 'Secret: captured, sealed, and never shown.';
      if (readable.has(pointer)) return 'Readable under “Scripts and payloads”.';
      const reference = references.get(value);
      if (reference === undefined) return null;
      if (reference.name === null) return 'Not resolved: nothing is known by this id.';
      return `${reference.kind ?? 'object'} ${reference.name}${reference.fromSet ? '' : ' (name of the last run)'}`;
    },
    [missing, secrets, readable, references],
  );
  if (text.text === null) {
    return (
      <Text>
        This item has {text.totalChars.toLocaleString()} characters, too many for a tree. Its raw text is
        shown in pieces.
      </Text>
    );
  }
  return (
    <>
      {missing.size > 0 && (
        <Text block>
          {missing.size === 1 ? '1 secret was' : `${missing.size.toLocaleString()} secrets were`} not
          captured, because Microsoft Graph does not give {missing.size === 1 ? 'it' : 'them'}.
        </Text>
      )}
      <JsonTree text={text.text} noteOf={noteOf} />
    </>
  );
}

function Scripts({ item, notes }: { item: ItemAddress; notes: Notes }) {
  const [pointer, setPointer] = useState(notes.readable[0]?.pointer ?? null);
  if (pointer === null) return <Text>This item holds no script and no other encoded text.</Text>;
  return (
    <>
      <Select aria-label="Encoded value" value={pointer} onChange={(_event, data) => setPointer(data.value)}>
        {notes.readable.map((each) => (
          <option key={each.pointer} value={each.pointer}>
            {shortText(each.pointer)} ({each.chars.toLocaleString()} characters)
          </option>
        ))}
      </Select>
      <TextSlices key={pointer} item={item} readable={pointer} label="Decoded text" />
    </>
  );
}

/** Values that are kept beside the document, because they change without anybody changing a setting. */
function Beside({ notes }: { notes: Notes }) {
  if (notes.volatile.length === 0) return <Text>Nothing in this item changes by itself.</Text>;
  return (
    <dl>
      {notes.volatile.slice(0, 500).map(({ pointer, value }) => (
        <div key={pointer}>
          <dt>
            <code>{shortText(pointer)}</code>
          </dt>
          <dd>
            <TenantText text={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
