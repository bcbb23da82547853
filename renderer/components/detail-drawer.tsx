import {
  Button,
  DrawerBody,
  DrawerHeader,
  DrawerHeaderTitle,
  OverlayDrawer,
} from '@fluentui/react-components';
import { Dismiss24Regular } from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import { useReturnFocus } from './use-return-focus.ts';

interface DetailDrawerProps {
  title: ReactNode;
  open: boolean;
  onClose: () => void;
  size?: 'medium' | 'large' | 'full';
  children: ReactNode;
}

/** Detail beside its list; Esc closes it and the focus goes back to the row that opened it. */
export function DetailDrawer({ title, open, onClose, size = 'large', children }: DetailDrawerProps) {
  useReturnFocus();
  return (
    <OverlayDrawer
      position="end"
      size={size}
      open={open}
      onOpenChange={(_event, data) => {
        if (!data.open) onClose();
      }}
    >
      <DrawerHeader>
        <DrawerHeaderTitle
          action={
            <Button appearance="subtle" aria-label="Close" icon={<Dismiss24Regular />} onClick={onClose} />
          }
        >
          {title}
        </DrawerHeaderTitle>
      </DrawerHeader>
      <DrawerBody>{children}</DrawerBody>
    </OverlayDrawer>
  );
}
