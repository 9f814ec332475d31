import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

// Without "module", which stands for a package's build for bundlers: Node itself would not take it.
const conditions = [
  "@tsmodules/source",
  ...defaultServerConditions.filter((condition) => condition !== "module"),
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["{src,test,examples}/**/*.test.ts"],
  },
});
