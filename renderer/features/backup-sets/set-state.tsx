import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import {
  ArrowImport16Regular,
  CheckmarkCircle16Filled,
  CircleHalfFill16Filled,
  DismissCircle16Filled,
  Pin16Filled,
  QuestionCircle16Regular,
  ShieldCheckmark16Regular,
  SubtractCircle16Regular,
} from '@fluentui/react-icons';
import type { ComponentType, ReactNode } from 'react';
import type { BackupSetRow } from '../../../shared/contract/backup-sets.ts';
import type { TypeOutcome } from '../../../shared/model/run-states.ts';
import { InstantText } from '../../components/time-text.tsx';

const useStyles = makeStyles({
  badge: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalXS,
    whiteSpace: 'nowrap',
  },
  green: { color: tokens.colorStatusSuccessForeground1 },
  amber: { color: tokens.colorStatusWarningForeground1 },
  red: { color: tokens.colorStatusDangerForeground1 },
  grey: { color: tokens.colorNeutralForeground2 },
});

type Colour = 'green' | 'amber' | 'red' | 'grey';

function Badge({ Icon, colour, children }: { Icon: ComponentType; colour: Colour; children: ReactNode }) {
  const styles = useStyles();
  return (
    <span className={mergeClasses(styles.badge, styles[colour])}>
      <Icon />
      <span>{children}</span>
    </span>
  );
}

/** Complete, partial or imported: icon, word and colour. An import is never green. */
export function SetState({ set }: { set: Pick<BackupSetRow, 'complete' | 'imported'> }) {
  if (set.imported !== null) {
    return (
      <Badge Icon={ArrowImport16Regular} colour="grey">
        Imported
      </Badge>
    );
  }
  return set.complete ? (
    <Badge Icon={CheckmarkCircle16Filled} colour="green">
      Complete
    </Badge>
  ) : (
    <Badge Icon={CircleHalfFill16Filled} colour="amber">
      Partial
    </Badge>
  );
}

/** What the last verification found, and when. */
export function VerifiedState({ set }: { set: Pick<BackupSetRow, 'verified'> }) {
  if (set.verified === null) {
    return (
      <Badge Icon={QuestionCircle16Regular} colour="grey">
        Not verified yet
      </Badge>
    );
  }
  return set.verified.damages === 0 ? (
    <Badge Icon={ShieldCheckmark16Regular} colour="green">
      Verified <InstantText iso={set.verified.at} />
    </Badge>
  ) : (
    <Badge Icon={DismissCircle16Filled} colour="red">
      Damaged, found <InstantText iso={set.verified.at} />
    </Badge>
  );
}

export function PinnedState({ children }: { children: ReactNode }) {
  return (
    <Badge Icon={Pin16Filled} colour="grey">
      {children}
    </Badge>
  );
}

const outcomes: Readonly<Record<TypeOutcome, { word: string; Icon: ComponentType; colour: Colour }>> = {
  complete: { word: 'Complete', Icon: CheckmarkCircle16Filled, colour: 'green' },
  incomplete: { word: 'Incomplete', Icon: CircleHalfFill16Filled, colour: 'amber' },
  not_available: { word: 'Not available', Icon: SubtractCircle16Regular, colour: 'grey' },
  unknown_type: { word: 'Unknown type', Icon: QuestionCircle16Regular, colour: 'amber' },
  not_attempted: { word: 'Not attempted', Icon: SubtractCircle16Regular, colour: 'grey' },
};

/** The outcome of a policy type in a set. */
export function OutcomeState({ outcome, children }: { outcome: TypeOutcome; children?: ReactNode }) {
  const { word, Icon, colour } = outcomes[outcome];
  return (
    <Badge Icon={Icon} colour={colour}>
      {children ?? word}
    </Badge>
  );
}
