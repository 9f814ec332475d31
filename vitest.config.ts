import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

const conditions = ["@tsmodules/source", ...defaultServerConditions];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["{src,test,examples}/**/*.test.ts"],
  },
});
