/** A fenced block of code in a page. */
export interface CodeBlock {
  /** The line of its first line of code, from 1. */
  line: number;
  code: string[];
  /** What follows the fence: the language, and what else stands there. */
  language: string;
  attributes: string;
}

/** The fenced blocks of a page, in order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { block: CodeBlock; fence: string } | undefined;
  for (const [index, text] of markdown.split("\n").entries()) {
    const [, fence = "", language = "", attributes = ""] =
      text.match(/^\s*(`{3,}|~{3,})\s*(\S*)\s*(.*)$/) ?? [];
    if (open && fence.startsWith(open.fence) && !language) {
      open = undefined;
    } else if (open) {
      open.block.code.push(text);
    } else if (fence) {
      open = { fence, block: { line: index + 2, code: [], language, attributes } };
      blocks.push(open.block);
    }
  }
  return blocks;
}
