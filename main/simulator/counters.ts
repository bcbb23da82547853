/** One line of what was asked: how often a kind of request was answered with a status. */
export interface RequestCount {
  method: string;
  /** Path with ids replaced by `{id}`, with its version. */
  path: string;
  status: number;
  count: number;
}

export interface Counters {
  /** Requests on the line to the Graph host; a $batch is one. */
  roundTrips: number;
  /** Graph reads: items of a $batch count one by one, the envelope does not. */
  reads: number;
  /** Requests to the login host for tokens. */
  tokenRequests: number;
  requests: RequestCount[];
  /** Anything but reads. A backup client must leave this empty. */
  violations: { method: string; path: string; tenant: string }[];
}

/** Counts what clients ask for. */
export class RequestCounters {
  #counts = new Map<string, RequestCount>();
  #violations: Counters['violations'] = [];
  #roundTrips = 0;
  #reads = 0;
  #tokenRequests = 0;

  countRoundTrip(): void {
    this.#roundTrips++;
  }

  countTokenRequest(): void {
    this.#tokenRequests++;
  }

  countRead(method: string, path: string, status: number): void {
    this.#reads++;
    const key = `${method} ${path} ${status}`;
    const known = this.#counts.get(key);
    if (known) known.count++;
    else this.#counts.set(key, { method, path, status, count: 1 });
  }

  violation(method: string, path: string, tenant: string): void {
    this.#violations.push({ method, path, tenant });
  }

  read(): Counters {
    return {
      roundTrips: this.#roundTrips,
      reads: this.#reads,
      tokenRequests: this.#tokenRequests,
      requests: [...this.#counts.values()].map((count) => ({ ...count })),
      violations: [...this.#violations],
    };
  }

  reset(): void {
    this.#counts = new Map();
    this.#violations = [];
    this.#roundTrips = 0;
    this.#reads = 0;
    this.#tokenRequests = 0;
  }
}
