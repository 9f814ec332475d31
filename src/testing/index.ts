export { FakeClock } from "./fake-clock.ts";
export type { EventRecorder } from "./record-events.ts";
export { recordEvents } from "./record-events.ts";
export { createTestHost } from "./test-host.ts";
