import { MessageBar, MessageBarBody } from '@fluentui/react-components';
import { ProcedureError } from '../queries/procedure-error.ts';

/** Why something was refused, with its next step; nothing while there is no error. */
export function ProblemBar({ error }: { error: Error | null }) {
  if (error === null) return null;
  return (
    <MessageBar intent="error">
      <MessageBarBody>
        {error.message} {error instanceof ProcedureError && error.answer.nextStep}
      </MessageBarBody>
    </MessageBar>
  );
}
