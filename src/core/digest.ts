/** SHA-256 as hexadecimal digits: the same for the same text. Where there is no crypto of Node's, it is the text itself. */
export function digest(text: string): string {
  const { hash } = globalThis.process?.getBuiltinModule?.("node:crypto") ?? {};
  return hash?.("sha256", text, "hex") ?? text;
}
