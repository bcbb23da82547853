import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import {
  CheckmarkCircle16Filled,
  CircleHalfFill16Filled,
  Clock16Regular,
  DismissCircle16Filled,
  LinkDismiss16Regular,
  RecordStop16Regular,
  SpinnerIos16Regular,
  SquareHintHexagon16Regular,
  Circle16Regular,
} from '@fluentui/react-icons';
import type { ComponentType } from 'react';
import { type RunState, runStateSentences } from '../../shared/model/run-states.ts';
import { Hint } from './hint.tsx';

const useStyles = makeStyles({
  badge: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalXS,
    whiteSpace: 'nowrap',
  },
  icon: { display: 'inline-flex', padding: '4px 2px' },
  grey: { color: tokens.colorNeutralForeground2 },
  blue: { color: tokens.colorBrandForeground1 },
  green: { color: tokens.colorStatusSuccessForeground1 },
  amber: { color: tokens.colorStatusWarningForeground1 },
  red: { color: tokens.colorStatusDangerForeground3 },
  violet: { color: tokens.colorPaletteGrapeForeground2 },
});

type Colour = 'grey' | 'blue' | 'green' | 'amber' | 'red' | 'violet';

/** Each state is icon, word and colour; nothing is told by colour alone. */
const looks: Readonly<Record<RunState, { word: string; colour: Colour; Icon: ComponentType }>> = {
  queued: { word: 'Queued', colour: 'grey', Icon: Clock16Regular },
  running: { word: 'Running', colour: 'blue', Icon: SpinnerIos16Regular },
  succeeded: { word: 'Succeeded', colour: 'green', Icon: CheckmarkCircle16Filled },
  partial: { word: 'Partial', colour: 'amber', Icon: CircleHalfFill16Filled },
  failed: { word: 'Failed', colour: 'red', Icon: DismissCircle16Filled },
  cancelled: { word: 'Cancelled', colour: 'grey', Icon: RecordStop16Regular },
  skipped: { word: 'Skipped', colour: 'grey', Icon: Circle16Regular },
  missed: { word: 'Missed', colour: 'violet', Icon: SquareHintHexagon16Regular },
  interrupted: { word: 'Interrupted', colour: 'red', Icon: LinkDismiss16Regular },
};

/** The word of a state, for filters and accessible names. */
export function runStateWord(state: RunState): string {
  return looks[state].word;
}

/** The sign of a state alone, for strips; the word and the sentence are its tooltip. */
export function RunStateIcon({ state }: { state: RunState }) {
  const styles = useStyles();
  const { word, colour, Icon } = looks[state];
  return (
    <Hint text={`${word}. ${runStateSentences[state]}`}>
      <span className={mergeClasses(styles.icon, styles[colour])}>
        <Icon />
      </span>
    </Hint>
  );
}

/** The state of a run with its sentence as tooltip and screen-reader description. */
export function RunStateBadge({ state }: { state: RunState }) {
  const styles = useStyles();
  const { word, colour, Icon } = looks[state];
  return (
    <Hint text={runStateSentences[state]}>
      <span className={mergeClasses(styles.badge, styles[colour])}>
        <Icon />
        {word}
      </span>
    </Hint>
  );
}
