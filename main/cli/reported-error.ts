import { randomUUID } from 'node:crypto';
import { AppError, isAppError } from '../../shared/errors.ts';
import { databaseErrorCode, isConnectionLoss, isStorageFull } from '../db/database-errors.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { showLine } from './output.ts';

/** An error as a command shows it: stable code, one sentence, the next step. Never a stack, never a secret. */
export class ReportedError extends Error {
  override readonly name = 'ReportedError';
  readonly code: string;
  readonly nextStep: string | null;
  readonly exitCode: number;
  /** Names the entry in the log; only for what nobody expected. */
  readonly correlationId: string | null;

  constructor(
    parts: {
      code: string;
      message: string;
      nextStep: string | null;
      exitCode: number;
      correlationId?: string;
    },
    cause: unknown,
  ) {
    super(parts.message, { cause });
    this.code = parts.code;
    this.nextStep = parts.nextStep;
    this.exitCode = parts.exitCode;
    this.correlationId = parts.correlationId ?? null;
  }

  /** `{error: {code, message, nextStep}}` as one line, for --json. */
  toJsonLine(): string {
    return JSON.stringify({
      error: {
        code: this.code,
        message: showLine(this.message),
        nextStep: this.nextStep === null ? null : showLine(this.nextStep),
        ...(this.correlationId === null ? {} : { correlationId: this.correlationId }),
      },
    });
  }

  /** One line for people. */
  toLine(): string {
    return showLine(`${this.message}${this.nextStep === null ? '' : ` ${this.nextStep}`}`);
  }
}

/** Coerces whatever was thrown, once, at the edge. What nobody expected gets a correlation id and no text. */
export function toReportedError(thrown: unknown): ReportedError {
  if (thrown instanceof ReportedError) return thrown;
  const error = describeDatabaseError(thrown);
  if (isAppError(error)) {
    return new ReportedError(
      { code: error.code, message: error.message, nextStep: error.nextStep, exitCode: exitCodeOf(error) },
      error,
    );
  }
  const correlationId = randomUUID();
  return new ReportedError(
    {
      code: 'internal',
      message: `An unexpected error ended the command (correlation id ${correlationId}).`,
      nextStep: 'Look up the correlation id in the log in the home directory.',
      exitCode: exitCodes.unexpected,
      correlationId,
    },
    error,
  );
}

/** Errors of the database that a person can do something about, said in words; everything else as it is. */
function describeDatabaseError(error: unknown): unknown {
  if (isAppError(error)) return error;
  if (isStorageFull(error)) {
    return new AppError('storage_full', 'The database has no space left.', {
      nextStep: 'Free or add disk space on the database server.',
      cause: error,
    });
  }
  if (isConnectionLoss(error)) {
    return new AppError('database_unreachable', 'The connection to the database was lost.', {
      nextStep: 'Check that the server runs, then try again.',
      cause: error,
    });
  }
  if (databaseErrorCode(error) === '42501') {
    return new AppError('tenant_forbidden', 'Your login may not do this.', {
      nextStep: 'Ask an owner of the tenant or an administrator for the right.',
      cause: error,
    });
  }
  return error;
}
