import { titleCase, wordsOf } from "../words.ts";

/** The name that an event's class would have: `CreateUser` of `user.create`, of `CreateUser` and of `CreateUserEvent`. */
export function classNameOf(eventName: string): string {
  const parts = eventName
    .replace(/(?<=.)Event$/, "")
    .split(".")
    .filter((part) => part !== "");
  const [action = "", ...things] = [...parts.slice(-1), ...parts.slice(0, -1)];
  return pascalCase([action, ...things].flatMap(wordsOf)) || "Event";
}

/** `NameTaken` of `NAME_TAKEN`. */
export function pascalCaseOf(name: string): string {
  return pascalCase(wordsOf(name));
}

/** What is allowed in the names of components and operations. */
export function plainName(text: string): string {
  return text.replace(/[^\w.-]/g, "_");
}

function pascalCase(words: readonly string[]): string {
  return plainName(titleCase(words).replaceAll(" ", ""));
}
