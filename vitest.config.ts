import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

// Without "module", which stands for a package's build for bundlers: Node itself would not take it.
const conditions = [
  "@tsmodules/source",
  ...defaultServerConditions.filter((condition) => condition !== "module"),
];

const timed = "test/package/import.test.ts";

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      {
        extends: true,
        test: { name: "all", include: ["{src,test,examples}/**/*.test.ts"], exclude: [timed] },
      },
      // What measures time runs after everything else, with the machine to itself.
      { extends: true, test: { name: "timed", include: [timed], sequence: { groupOrder: 1 } } },
    ],
  },
});
