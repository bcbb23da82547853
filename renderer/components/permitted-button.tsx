import { Button, Tooltip } from '@fluentui/react-components';
import type { MouseEvent, ReactNode } from 'react';
import type { Permission } from '../../shared/model/permissions.ts';
import { useObstacle } from '../queries/use-may-do.ts';

interface PermittedButtonProps {
  permission: Permission;
  /** Null: in the workspace. */
  tenantId: string | null;
  onClick: (event: MouseEvent) => void;
  disabled?: boolean;
  size?: 'small' | 'medium';
  appearance?: 'primary' | 'secondary';
  /** Accessible name where the text alone would not say what it acts on. */
  label?: string;
  children: ReactNode;
}

/** A button that stays in its place without the permission, and then says which role is needed. */
export function PermittedButton({
  permission,
  tenantId,
  onClick,
  disabled,
  label,
  ...rest
}: PermittedButtonProps) {
  const obstacle = useObstacle(permission, tenantId);
  if (obstacle === null) {
    return <Button {...rest} aria-label={label} disabled={disabled === true} onClick={onClick} />;
  }
  return (
    <Tooltip content={obstacle} relationship="description">
      <Button {...rest} aria-label={label} disabledFocusable onClick={(event) => event.stopPropagation()} />
    </Tooltip>
  );
}
