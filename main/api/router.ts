import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { type Contract, contract, type ProcedureName } from '../../shared/contract/index.ts';
import type { Procedure } from '../../shared/contract/procedure.ts';
import { AppError, errorText, isAppError } from '../../shared/errors.ts';
import { type Holding, mayDo, type Permission, weakestRoleFor } from '../../shared/model/permissions.ts';
import type { ErrorAnswer, Result } from '../../shared/result.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { describeConnectionFailure } from '../db/open-database.ts';
import type { Log } from '../engine/ports.ts';

/** Who is asking, proved by the shell before the call comes here. */
export interface Session {
  /** The person's own database login: the identity that row-level security and the audit log see. */
  login: string;
  /** Connections under that login; a host's login never answers a person. */
  database: Database;
}

/** What a handler may use. */
export interface CallContext {
  session: Session;
  correlationId: string;
  clock: Clock;
}

export type Handlers = {
  [Name in ProcedureName]: (
    context: CallContext,
    input: z.output<Contract[Name]['input']>,
  ) => Promise<z.input<Contract[Name]['output']>>;
};

/** What the router needs to know about permissions; answered from the database, never from a cache of a page. */
export interface HoldingReader {
  /** The flag and the role in the tenant; null for the tenant asks about the workspace only. */
  holding(session: Session, tenantId: string | null): Promise<Holding>;
  /** Writes the refusal to the audit log of the tenant, or of the workspace. */
  auditDenied(
    session: Session,
    denial: { tenantId: string | null; action: string; correlationId: string },
  ): Promise<void>;
}

export interface Router {
  /**
   * Answers one call. Never throws: a refusal is a Result with a stable code, a bug becomes `internal` with a
   * correlation id that stands in the log.
   */
  dispatch(session: Session, call: { name: unknown; input: unknown }): Promise<Result<unknown>>;
}

/**
 * The server side of the contract. The order is fixed: find the procedure, parse the input, check the
 * permission, run the handler, parse the output. Both shells end here, so a call means the same in both.
 */
export function createRouter(parts: {
  handlers: Handlers;
  holdings: HoldingReader;
  clock: Clock;
  log: Log;
}): Router {
  const { handlers, holdings, clock, log } = parts;

  async function answer(session: Session, name: unknown, rawInput: unknown, correlationId: string) {
    const procedure = findProcedure(name);
    const input = parseInput(procedure, rawInput);
    await requirePermission(session, name as string, procedure, input, correlationId);
    const handler = handlers[name as ProcedureName] as (
      context: CallContext,
      input: unknown,
    ) => Promise<unknown>;
    return procedure.output.parse(await handler({ session, correlationId, clock }, input));
  }

  async function requirePermission(
    session: Session,
    name: string,
    procedure: Procedure,
    input: unknown,
    correlationId: string,
  ): Promise<void> {
    // Lists over all permitted tenants are cut by row-level security: rows without the permission are not there.
    if (procedure.permission === null || procedure.scope === 'permitted-tenants') return;
    const tenantId = procedure.scope === 'tenant' ? (input as { tenantId: string }).tenantId : null;
    const holding = await holdings.holding(session, tenantId);
    if (procedure.scope === 'tenant' && holding.role === null && !mayDo('tenant.view', holding)) {
      // A tenant without membership answers exactly as one that does not exist.
      throw new AppError('tenant_not_found', 'There is no such tenant.');
    }
    if (procedure.scope === 'self' || mayDo(procedure.permission, holding)) return;
    await holdings.auditDenied(session, { tenantId, action: procedure.auditAction ?? name, correlationId });
    throw new AppError('forbidden', forbiddenSentence(procedure.permission, holding));
  }

  return {
    async dispatch(session, call) {
      const correlationId = randomUUID();
      try {
        return { ok: true, value: await answer(session, call.name, call.input, correlationId) };
      } catch (error) {
        // A pool that was open when the server went away throws the driver's own errors.
        const described = describeConnectionFailure(error);
        if (isAppError(described)) return { ok: false, error: refusal(described) };
        log.error(
          { correlationId, procedure: String(call.name), error: errorText(error) },
          'A call ended with an unexpected error',
        );
        return { ok: false, error: internalError(correlationId) };
      }
    },
  };
}

function findProcedure(name: unknown): Procedure {
  if (typeof name !== 'string' || !Object.hasOwn(contract, name)) {
    throw new AppError('procedure_unknown', 'This version of the app does not know that call.');
  }
  return contract[name as ProcedureName];
}

/** Carries the fields of a refused input beside the sentence. */
class InputRefused extends AppError {
  readonly fields: ErrorAnswer['fields'];
  constructor(fields: ErrorAnswer['fields']) {
    super('input_invalid', fields[0]?.message ?? 'The input is not valid.');
    this.fields = fields;
  }
}

function parseInput(procedure: Procedure, rawInput: unknown): unknown {
  const parsed = procedure.input.safeParse(rawInput ?? {});
  if (parsed.success) {
    // PostgreSQL stores no NUL, so no text of the contract may hold one.
    const path = pathOfNul(parsed.data, []);
    if (path === null) return parsed.data;
    throw new InputRefused([{ path: path.join('.'), message: 'Text holds no NUL characters.' }]);
  }
  throw new InputRefused(
    parsed.error.issues
      .slice(0, 20)
      .map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message })),
  );
}

function pathOfNul(value: unknown, path: readonly string[]): readonly string[] | null {
  if (typeof value === 'string') return value.includes('\0') ? path : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, member] of Object.entries(value)) {
    const found = name.includes('\0') ? path : pathOfNul(member, [...path, name]);
    if (found !== null) return found;
  }
  return null;
}

function forbiddenSentence(permission: Permission, holding: Holding): string {
  const needed = weakestRoleFor(permission);
  const have = holding.role === null ? 'no role' : `the role ${holding.role}`;
  return needed === null
    ? 'This needs a workspace administrator.'
    : `This needs the role ${needed} in this tenant; the login has ${have}.`;
}

function refusal(error: AppError): ErrorAnswer {
  return {
    code: error.code,
    message: error.message,
    nextStep: error.nextStep,
    details: error.details,
    fields: error instanceof InputRefused ? error.fields : [],
  };
}

function internalError(correlationId: string): ErrorAnswer {
  return {
    code: 'internal',
    message: 'An unexpected error ended the call.',
    nextStep: 'Look up the correlation id in the log.',
    details: { correlationId },
    fields: [],
  };
}
