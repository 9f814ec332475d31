import type { Trace } from "./trace.ts";

/** Where finished traces go: a function, or an object that exports. */
export type TraceExporter = ((trace: Trace) => unknown) | { readonly export: (trace: Trace) => unknown };

/** More do not wait: an exporter that cannot keep up must not fill the memory. */
const MAX_WAITING = 10_000;

/** Hands traces to an exporter, one after the other, after the work that they are of. */
export class ExportQueue {
  private readonly exporter: (trace: Trace) => unknown;
  private readonly failed: (error: unknown) => void;
  private waiting: Trace[] = [];
  private dropped = 0;
  private running: Promise<void> | undefined = undefined;

  constructor(exporter: TraceExporter, failed: (error: unknown) => void) {
    this.exporter = typeof exporter === "function" ? exporter : (trace) => exporter.export(trace);
    this.failed = failed;
  }

  add(trace: Trace): void {
    if (this.waiting.length >= MAX_WAITING) {
      this.dropped++;
      return;
    }
    this.waiting.push(trace);
    this.running ??= this.drain();
  }

  async flush(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  private async drain(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      for (const trace of batch) await this.export(trace);
    }
    if (this.dropped > 0)
      this.failed(new Error(`${this.dropped} traces were dropped: the exporter is too slow`));
    this.dropped = 0;
    this.running = undefined;
  }

  private async export(trace: Trace): Promise<void> {
    try {
      await this.exporter(trace);
    } catch (error) {
      this.failed(error);
    }
  }
}
