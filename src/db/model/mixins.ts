import { p } from "./property-builders.ts";
import { uuidv7 } from "./uuidv7.ts";

const now = () => new Date();

/**
 * `id`: a UUID as primary key, made by the application. Version 7 grows with time, so that rows which are made together
 * lie together in the index.
 *
 * @see RFC 9562, section 5.7
 */
export function uuid() {
  return { id: p.uuid().primary().onCreate(uuidv7) };
}

/** `createdAt` and `updatedAt`, to the millisecond; `updatedAt` moves with every change. */
export function timestamps() {
  return {
    createdAt: p.datetime(3).onCreate(now),
    updatedAt: p.datetime(3).onCreate(now).onUpdate(now),
  };
}

/** `isDeleted`: rows are hidden instead of deleted, and can be restored. */
export function softDelete() {
  return { isDeleted: p.boolean().default(false) };
}

/** `version`: counts the changes of a row, so that nobody overwrites what he has not seen. */
export function versioned() {
  return { version: p.integer().version() };
}
