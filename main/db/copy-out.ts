import { type Client, type Connection, type PoolClient, Query } from 'pg';

/**
 * Takes one row as COPY printed it. The bytes stand in a buffer that is used again: copy what is to stay. A promise
 * means "wait": the server sends no more than is under way (at most a socket's buffer) until it resolves.
 */
export type TakeRow = (row: Buffer) => Promise<void> | void;

/**
 * The statement in pg's own queue. The server sends one message a row (protocol, "COPY Operations"), and pg hands each
 * to the active query, which by default drops it. Private names carry an underscore's worth of care: `rows` and `text`
 * belong to pg.
 */
class CopyOutQuery extends Query {
  readonly #take: (row: Buffer, connection: Connection) => void;
  constructor(text: string, take: (row: Buffer, connection: Connection) => void) {
    super(text);
    this.#take = take;
  }
  handleCopyData(message: { chunk: Buffer }, connection: Connection): void {
    this.#take(message.chunk, connection);
  }
}

/**
 * Runs `COPY … TO STDOUT` and hands over row by row, never faster than `take` takes them. Where `take` fails or the
 * signal is aborted the connection is closed at once, for the server would send all the rest otherwise; then it throws
 * that error or the signal's reason. COPY knows no parameters: see repositories/local-settings.ts.
 */
export async function copyOut(
  client: PoolClient,
  text: string,
  take: TakeRow,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    let failure: { error: unknown } | null = null;
    const fail = (error: unknown): void => {
      if (failure !== null) return;
      failure = { error };
      // With a statement under way this closes the socket; the statement then ends with an error, below.
      void (client as unknown as Client).end();
    };
    const onAbort = (): void => fail(signal?.reason);
    let waiting = 0;
    const query = new CopyOutQuery(text, (row, { stream }) => {
      if (failure !== null) return;
      let taken: Promise<void> | void;
      try {
        taken = take(row);
      } catch (error) {
        return fail(error);
      }
      if (taken === undefined) return;
      waiting += 1;
      stream.pause();
      taken.then(() => {
        waiting -= 1;
        if (waiting === 0) stream.resume();
      }, fail);
    });
    const settle = (settled: () => void): void => {
      signal?.removeEventListener('abort', onAbort);
      if (failure === null) settled();
      else reject(failure.error as Error);
    };
    query.on('end', () => settle(resolve));
    query.on('error', (error) => settle(() => reject(error)));
    signal?.addEventListener('abort', onAbort);
    client.query(query);
  });
}
