import type { Shape } from "./shapes.ts";

/** An event of the generated applications, or whatever a library calls it. */
export interface GeneratedEvent {
  index: number;
  input: Shape;
  output: Shape;
  /** Declares an error, which its handler throws. */
  fails: boolean;
}

/** Some twenty events that one file of an application defines and handles, and another one calls. */
export interface Group {
  index: number;
  events: GeneratedEvent[];
}

/** An application written with one library. */
export interface Program {
  name: string;
  /** Its source files by name. Without groups it imports what it imports with them: that is its fixed cost. */
  files(groups: Group[]): Record<string, string>;
}

/** What a handler returns: made of its input where it can be. */
export const answerOf = ({ output }: GeneratedEvent): string => output.sample("input.id");

/** What a caller sends. */
export const requestOf = ({ index, input }: GeneratedEvent): string => input.sample(`"${index}"`);

export const lines = (parts: string[]): string => `${parts.join("\n")}\n`;
