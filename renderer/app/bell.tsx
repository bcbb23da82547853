import {
  Badge,
  Button,
  makeStyles,
  Popover,
  PopoverSurface,
  PopoverTrigger,
  Text,
  Toast,
  Toaster,
  ToastTitle,
  tokens,
  useId,
  useToastController,
} from '@fluentui/react-components';
import { Alert20Regular } from '@fluentui/react-icons';
import { useEffect, useRef } from 'react';
import { PageLink } from '../components/page-link.tsx';
import { shortText } from '../components/tenant-text.tsx';
import { RelativeText } from '../components/time-text.tsx';
import { useNotices } from '../state/notices.ts';

const useStyles = makeStyles({
  list: {
    listStyleType: 'none',
    margin: 0,
    padding: 0,
    maxHeight: '50vh',
    overflowY: 'auto',
    width: '22rem',
  },
  notice: {
    padding: `${tokens.spacingVerticalS} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    overflowWrap: 'anywhere',
  },
  when: { display: 'block', color: tokens.colorNeutralForeground2, fontSize: tokens.fontSizeBase200 },
});

const words = { success: 'Good news', info: 'Note', warning: 'Warning', error: 'Alert' } as const;

/** The history of what was told, with the number of what is new; new things show up as toasts as well. */
export function Bell() {
  const styles = useStyles();
  const { notices, seenAt, markSeen } = useNotices();
  const unseen = notices.filter((notice) => notice.at > seenAt).length;
  return (
    <>
      <Popover
        trapFocus
        onOpenChange={(_event, data) => {
          if (!data.open) markSeen();
        }}
      >
        <PopoverTrigger disableButtonEnhancement>
          <Button
            size="small"
            appearance="subtle"
            icon={<Alert20Regular />}
            aria-label={unseen === 0 ? 'Notices' : `Notices, ${unseen} new`}
          >
            {unseen > 0 && (
              <Badge size="small" color="danger" aria-hidden>
                {unseen}
              </Badge>
            )}
          </Button>
        </PopoverTrigger>
        <PopoverSurface aria-label="Notices">
          {notices.length === 0 ? (
            <Text>Nothing has happened yet that needs telling.</Text>
          ) : (
            // Reachable by keyboard, because it can be longer than the window.
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            <ul className={styles.list} tabIndex={0} aria-label="Notices, newest first">
              {notices.map(({ id, at, intent, text, link }) => (
                <li key={id} className={styles.notice}>
                  {words[intent]}: {shortText(text)}{' '}
                  {link !== null && (
                    <PageLink to={link.to} search={link.search}>
                      Open
                    </PageLink>
                  )}
                  <span className={styles.when}>
                    <RelativeText iso={at} />
                  </span>
                </li>
              ))}
            </ul>
          )}
        </PopoverSurface>
      </Popover>
      <Toasts />
    </>
  );
}

function Toasts() {
  const toasterId = useId('toaster');
  const { dispatchToast } = useToastController(toasterId);
  const newest = useNotices((state) => state.notices[0]);
  const shown = useRef(newest?.id);
  useEffect(() => {
    if (newest === undefined || newest.id === shown.current) return;
    shown.current = newest.id;
    dispatchToast(
      <Toast>
        <ToastTitle>{shortText(newest.text)}</ToastTitle>
      </Toast>,
      { intent: newest.intent, politeness: 'polite' },
    );
  }, [newest, dispatchToast]);
  return <Toaster toasterId={toasterId} position="bottom-end" />;
}
