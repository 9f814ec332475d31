/** Upper bounds of the buckets, in ms; the last one has none. */
export const BUCKETS_MS: readonly number[] = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000,
];

/** How long the dispatches of one event took. Percentiles are estimates, as exact as the buckets are narrow. */
export interface LatencySnapshot {
  readonly count: number;
  readonly sumMs: number;
  readonly maxMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** Durations, counted by buckets of fixed bounds. */
export class LatencyHistogram {
  /** How many durations fell into each bucket, the one without a bound included. */
  readonly counts = new Float64Array(BUCKETS_MS.length + 1);
  sumMs = 0;
  maxMs = 0;

  record(durationMs: number): void {
    let bucket = 0;
    while (bucket < BUCKETS_MS.length && durationMs > (BUCKETS_MS[bucket] as number)) bucket++;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sumMs += durationMs;
    if (durationMs > this.maxMs) this.maxMs = durationMs;
  }

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  toJSON(): LatencySnapshot {
    return {
      count: this.count,
      sumMs: this.sumMs,
      maxMs: this.maxMs,
      p50Ms: this.quantile(0.5),
      p95Ms: this.quantile(0.95),
      p99Ms: this.quantile(0.99),
    };
  }

  /** Interpolates within the bucket that the quantile falls into, as Prometheus' `histogram_quantile` does. */
  private quantile(share: number): number {
    const rank = share * this.count;
    let below = 0;
    for (const [bucket, count] of this.counts.entries()) {
      if (count > 0 && below + count >= rank) {
        const lower = BUCKETS_MS[bucket - 1] ?? 0;
        const upper = Math.min(BUCKETS_MS[bucket] ?? this.maxMs, this.maxMs);
        return Math.max(lower, lower + ((upper - lower) * (rank - below)) / count);
      }
      below += count;
    }
    return 0;
  }
}
