import type { Contender } from "../contender.ts";

/** A contender with many modules, each for an event of its own; the one in the middle is dispatched to. */
export interface Crowd extends Contender {
  library: string;
  modules: number;
}

export const sizes = [1, 10, 100, 1_000, 10_000];

export const middleOf = (modules: number): number => Math.floor(modules / 2);
