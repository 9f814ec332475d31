export type { ContractCase } from "./contract-case.ts";
export { deadLetterStoreContract } from "./dead-letter-store-contract.ts";
export { FakeClock } from "./fake-clock.ts";
export { idempotencyStoreContract } from "./idempotency-store-contract.ts";
export type { EventRecorder } from "./record-events.ts";
export { recordEvents } from "./record-events.ts";
export { createTestHost } from "./test-host.ts";
