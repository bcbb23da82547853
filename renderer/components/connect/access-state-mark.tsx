import { makeStyles, tokens } from '@fluentui/react-components';
import {
  CheckmarkCircle16Regular,
  Clock16Regular,
  ErrorCircle16Regular,
  QuestionCircle16Regular,
  SubtractCircle16Regular,
} from '@fluentui/react-icons';
import type { AccessState } from '../../../shared/model/access-states.ts';

const useStyles = makeStyles({
  mark: { display: 'inline-flex', alignItems: 'center', gap: tokens.spacingHorizontalXS },
  good: { color: tokens.colorStatusSuccessForeground1 },
  bad: { color: tokens.colorStatusDangerForeground1 },
  odd: { color: tokens.colorStatusWarningForeground1 },
  plain: { color: tokens.colorNeutralForeground3 },
});

const looks = {
  readable: { word: 'Readable', Icon: CheckmarkCircle16Regular, look: 'good' },
  permission_missing: { word: 'Permission missing', Icon: ErrorCircle16Regular, look: 'bad' },
  not_licensed: { word: 'Not licensed', Icon: SubtractCircle16Regular, look: 'plain' },
  not_configured: { word: 'Not configured', Icon: SubtractCircle16Regular, look: 'plain' },
  not_in_cloud: { word: 'Not in this cloud', Icon: SubtractCircle16Regular, look: 'plain' },
  signed_in_only: { word: 'Signed-in persons only', Icon: SubtractCircle16Regular, look: 'plain' },
  throttled: { word: 'Throttled', Icon: Clock16Regular, look: 'odd' },
  unknown: { word: 'Not known', Icon: QuestionCircle16Regular, look: 'odd' },
} as const satisfies Record<AccessState, object>;

/** The outcome of one probe: icon, word and colour. */
export function AccessStateMark({ state }: { state: AccessState }) {
  const styles = useStyles();
  const { word, Icon, look } = looks[state];
  return (
    <span className={styles.mark}>
      <Icon className={styles[look]} aria-hidden />
      {word}
    </span>
  );
}
