import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';

const useStyles = makeStyles({
  value: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    margin: 0,
  },
});

const signs = { added: '+', changed: '~', removed: '−' } as const;

interface SetComparisonProps {
  tenantId: string;
  leftId: string;
  rightId: string;
}

/** Two sets, type by type. Only types that are complete in both are compared; the others are named. */
export function SetComparison(props: SetComparisonProps) {
  const comparison = useProcedure('backup-sets.compare', props);
  const [opened, setOpened] = useState<{ typeKey: string; graphId: string } | null>(null);
  if (comparison.isError)
    return <LoadFailure error={comparison.error} retry={() => void comparison.refetch()} />;
  if (!comparison.data) return <LoadingRows label="The sets are being compared" />;
  const { types, notCompared } = comparison.data;
  return (
    <section aria-label="Changes since the previous set">
      {types.length === 0 && <Text block>Nothing changed.</Text>}
      {types.map((type) => (
        <div key={type.typeKey}>
          <Text weight="semibold" block>
            {type.displayName}
          </Text>
          <ul>
            {type.items.map((item) => (
              <li key={item.graphId}>
                {signs[item.difference]} <TenantText text={item.name} /> ({item.difference}){' '}
                {item.difference === 'changed' && (
                  <Button
                    size="small"
                    onClick={() => setOpened({ typeKey: type.typeKey, graphId: item.graphId })}
                  >
                    Show settings
                  </Button>
                )}
                {opened?.graphId === item.graphId && opened.typeKey === type.typeKey && (
                  <ItemChanges {...props} {...opened} />
                )}
              </li>
            ))}
          </ul>
        </div>
      ))}
      {notCompared.length > 0 && (
        <Text block>
          Not compared: {notCompared.map((type) => `${type.typeKey} (${type.reason})`).join(', ')}.
        </Text>
      )}
    </section>
  );
}

function ItemChanges(props: SetComparisonProps & { typeKey: string; graphId: string }) {
  const styles = useStyles();
  const { tenantId, leftId, rightId, typeKey, graphId } = props;
  const answer = useProcedure('backup-sets.compare-item', { tenantId, leftId, rightId, typeKey, graphId });
  if (answer.isError) return <LoadFailure error={answer.error} retry={() => void answer.refetch()} />;
  if (!answer.data) return <LoadingRows label="The item is being compared" />;
  return (
    <dl>
      {answer.data.changes.map((change) => (
        <div key={change.path}>
          <dt>
            <code>{change.path}</code> {change.difference}
          </dt>
          <dd>
            {change.before !== null && <pre className={styles.value}>− {change.before}</pre>}
            {change.after !== null && <pre className={styles.value}>+ {change.after}</pre>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
