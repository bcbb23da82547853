import { Field, makeStyles, SpinButton, tokens } from '@fluentui/react-components';
import type { RetentionRule } from '../../../shared/model/run-spec.ts';

const useStyles = makeStyles({
  fields: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(9rem, 1fr))',
    gap: tokens.spacingHorizontalM,
  },
  narrow: { '& .fui-SpinButton': { width: '100%', boxSizing: 'border-box' }, minWidth: 0 },
});

const periods = [
  ['daily', 'Daily sets'],
  ['weekly', 'Weekly sets'],
  ['monthly', 'Monthly sets'],
] as const;

const whole = (least: number, data: { value?: number | null; displayValue?: string }) =>
  Math.min(10_000, Math.max(least, Math.round(data.value ?? (Number(data.displayValue) || least))));

interface RetentionFieldsProps {
  rule: RetentionRule;
  onChange: (rule: RetentionRule) => void;
}

/** How many sets stay: the last ones, and one for each of the last days, weeks and months. */
export function RetentionFields({ rule, onChange }: RetentionFieldsProps) {
  const styles = useStyles();
  return (
    <div className={styles.fields}>
      <Field label="Keep the last backup sets" className={styles.narrow}>
        <SpinButton
          min={1}
          max={10_000}
          value={rule.keepLast}
          onChange={(_event, data) => onChange({ ...rule, keepLast: whole(1, data) })}
        />
      </Field>
      {periods.map(([period, words]) => (
        <Field key={period} label={words} className={styles.narrow}>
          <SpinButton
            min={0}
            max={10_000}
            value={rule[period] ?? 0}
            onChange={(_event, data) => onChange({ ...rule, [period]: whole(0, data) })}
          />
        </Field>
      ))}
    </div>
  );
}

/** The rule without periods that keep nothing, which is how rules are stored. */
export function plainRule(rule: RetentionRule): RetentionRule {
  return {
    keepLast: rule.keepLast,
    ...Object.fromEntries(periods.flatMap(([period]) => (rule[period] ? [[period, rule[period]]] : []))),
  };
}

/** "30, 7 daily, 4 weekly". */
export function retentionWords(rule: RetentionRule): string {
  return [
    String(rule.keepLast),
    ...periods.flatMap(([period]) => (rule[period] ? [`${rule[period]} ${period}`] : [])),
  ].join(', ');
}
