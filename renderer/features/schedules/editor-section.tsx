import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

/** Looks of the editors of schedules and of templates. */
export const useEditorStyles = makeStyles({
  form: { display: 'grid', gap: tokens.spacingVerticalL },
  section: { display: 'grid', gap: tokens.spacingVerticalM, minWidth: 0 },
  actions: {
    position: 'sticky',
    bottom: 0,
    zIndex: 1,
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    paddingBlock: tokens.spacingVerticalM,
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  grow: { flexGrow: 1 },
});

/** A part of an editor under its heading. */
export function EditorSection({ title, children }: { title: string; children: ReactNode }) {
  const styles = useEditorStyles();
  return (
    <section className={styles.section} aria-label={title}>
      <Text as="h3" size={400} weight="semibold">
        {title}
      </Text>
      {children}
    </section>
  );
}
