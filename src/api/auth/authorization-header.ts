/** The token of an Authorization header, if it has this scheme: `Bearer abc`. */
export function tokenOfScheme(scheme: string, header: string | undefined): string | undefined {
  const [, given, token] = header?.match(/^(\S+) +(\S+)$/) ?? [];
  return given?.toLowerCase() === scheme.toLowerCase() ? token : undefined;
}
