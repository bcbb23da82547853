import { Badge, makeStyles, tokens } from '@fluentui/react-components';
import {
  CheckmarkCircle16Filled,
  DismissCircle16Filled,
  type FluentIcon,
  Warning16Filled,
} from '@fluentui/react-icons';
import type { CheckState, checkSchema } from '../../shared/contract/diagnostics.ts';
import type { z } from 'zod';

type Check = z.output<typeof checkSchema>;

const looks: Readonly<
  Record<CheckState, { word: string; color: 'success' | 'warning' | 'danger'; Icon: FluentIcon }>
> = {
  ok: { word: 'In order', color: 'success', Icon: CheckmarkCircle16Filled },
  warning: { word: 'Warning', color: 'warning', Icon: Warning16Filled },
  problem: { word: 'Problem', color: 'danger', Icon: DismissCircle16Filled },
};

const useStyles = makeStyles({
  table: {
    borderCollapse: 'collapse',
    width: '100%',
    '& th, & td': {
      textAlign: 'left',
      verticalAlign: 'top',
      padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
      borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
      overflowWrap: 'anywhere',
    },
  },
  name: { whiteSpace: 'nowrap' },
  state: { whiteSpace: 'nowrap', overflowWrap: 'normal', width: '1%' },
});

/** Findings of the doctor, each with its state and the next step. */
export function CheckTable({ label, checks }: { label: string; checks: readonly Check[] }) {
  const styles = useStyles();
  return (
    <table className={styles.table} aria-label={label}>
      <thead>
        <tr>
          <th scope="col">State</th>
          <th scope="col">Check</th>
          <th scope="col">Finding</th>
        </tr>
      </thead>
      <tbody>
        {checks.map(({ key, name, state, finding, nextStep }) => {
          const { word, color, Icon } = looks[state];
          return (
            <tr key={key}>
              <td className={styles.state}>
                <Badge color={color} appearance="tint" icon={<Icon />}>
                  {word}
                </Badge>
              </td>
              <td className={styles.name}>{name}</td>
              <td>
                {finding}
                {nextStep !== null && <div>{nextStep}</div>}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
