import type { z } from 'zod';
import type { Permission } from '../model/permissions.ts';

/**
 * One entry of the contract: everything that a renderer can ask of the main process. Client types,
 * validation, the permission guard, the "may I" of the screens and the isolation tests all come from it.
 */
export interface Procedure<
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
  Kind extends ProcedureKind = ProcedureKind,
> {
  kind: Kind;
  input: Input;
  output: Output;
  /** Null: any signed-in technician, about nothing but themselves. */
  permission: Permission | null;
  /**
   * Where the permission must hold: in the tenant named by `input.tenantId`, in the workspace, or in every
   * tenant that the answer draws from (the database leaves out the rest).
   */
  scope: 'tenant' | 'workspace' | 'permitted-tenants' | 'self';
  /** For mutations: the action that the audit log will show. */
  auditAction: string | null;
}

export type ProcedureKind = 'query' | 'mutation';

/** A procedure that changes nothing. */
export function query<Input extends z.ZodType, Output extends z.ZodType>(
  entry: Pick<Procedure<Input, Output>, 'input' | 'output' | 'permission' | 'scope'>,
): Procedure<Input, Output, 'query'> {
  return { kind: 'query', auditAction: null, ...entry };
}

/** A procedure that changes something, and therefore names its audit action. */
export function mutation<Input extends z.ZodType, Output extends z.ZodType>(
  entry: Pick<Procedure<Input, Output>, 'input' | 'output' | 'permission' | 'scope'> & {
    auditAction: string;
  },
): Procedure<Input, Output, 'mutation'> {
  return { kind: 'mutation', ...entry };
}

export type InputOf<P extends Procedure> = z.input<P['input']>;
export type OutputOf<P extends Procedure> = z.output<P['output']>;
